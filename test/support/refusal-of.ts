// The type of the failure that some work ends with, so that many can be compared at a glance.

export const refusalOf = async (work: () => unknown): Promise<unknown> => {
  try {
    await work();
    return 'none';
  } catch (error) {
    return (error as { type?: unknown }).type ?? error;
  }
};
