// The schedules of garbage collection and of whatever else writes, as DTR keeps them and as everybody else sees them: a
// setting that is saved and put back, and words about it.

import type { SavedSetting } from '../../../contracts/registry-activities.ts';

export type Cron = {
  action: string;
  schedule: string;
  retries: number;
  capacityMap: Record<string, number> | null;
  parameters: Record<string, string> | null;
  deadline: string;
  stopTimeout: string;
};

export const savedSchedules = (crons: Cron[]): SavedSetting => ({
  words: crons.map(({ action, schedule }) => `${action} ${schedule}`),
  value: crons,
});

export const schedulesIn = ({ value }: SavedSetting): Cron[] => value as Cron[];
