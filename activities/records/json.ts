// A document as JSON, beside what programs want to read without taking it apart.

import type { Document } from './document.ts';

export const renderJson = (document: Document, beside: Record<string, unknown> = {}): string =>
  toJson({ ...beside, document });

export const toJson = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;
