// What stands in place of a secret where a registry shows its settings, such as `********` or `<redacted>`.

export const isMask = (value: string): boolean => /^(?:[*•]{3,}|<[^>]*>|\[[^\]]*\])$/.test(value.trim());
