// The part of Go's templates that people use in `--format`: `{{.A.B}}`, `{{json .A}}`, `{{index .A "b"}}`, `{{.Label "x"}}`.

import { DockerError } from './errors.ts';

export function render(template: string, value: unknown): string {
  if (template === 'json') return JSON.stringify(value);
  return template
    .replaceAll('\\t', '\t')
    .replaceAll('\\n', '\n')
    .replaceAll(/\{\{-?\s*(.*?)\s*-?\}\}/g, (_whole, expression: string) =>
      show(evaluate(expression, value)),
    );
}

function evaluate(expression: string, value: unknown): unknown {
  const [, word, path = '', key] = /^(?:(json|index)\s+)?(\.[\w.]*)(?:\s+"([^"]*)")?$/.exec(expression) ?? [];
  if (path === '')
    throw new DockerError(`template parsing error: the lab does not know {{${expression}}}`, 64);
  const found = path
    .split('.')
    .filter((part) => part !== '')
    .reduce<unknown>(
      (at, part) => (at as Record<string, unknown> | undefined)?.[part === 'Label' ? 'Labels' : part],
      value,
    );
  if (word === 'json') return JSON.stringify(found);
  return key === undefined ? found : (found as Record<string, unknown> | undefined)?.[key];
}

function show(value: unknown): string {
  if (value === undefined || value === null) return '<no value>';
  if (typeof value === 'string') return value;
  if (typeof value === 'object')
    return Object.entries(value)
      .map(([key, value]) => `${key}=${String(value)}`)
      .join(',');
  return JSON.stringify(value);
}
