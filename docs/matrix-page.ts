// docs/reference/matrix.md: what every cell of the matrix came to when it was carried out, from what `npm run matrix` has
// written beside it. A cell that was never carried out says so.

import {
  type Cell,
  CELLS,
  DESTINATIONS,
  keyOf,
  type MatrixResults,
  PATHS,
  SOURCES,
  VERSIONS,
} from '../lab/matrix/cells.ts';

export function matrixPage(results: MatrixResults): string {
  const reasons: string[] = [];
  const noteOf = (reason: string): number => {
    if (!reasons.includes(reason)) reasons.push(reason);
    return reasons.indexOf(reason) + 1;
  };
  const shown = (cell: Cell): string => {
    const result = results[keyOf(cell)];
    if (result === undefined) return 'not run yet';
    return result.outcome === 'moved'
      ? `moved, ${result.pushes} pushes`
      : `refused (${noteOf(result.reason)})`;
  };
  const sections = VERSIONS.flatMap((version) =>
    PATHS.map((path) => {
      const rows = SOURCES.map(
        (from) => `| ${from} | ${DESTINATIONS.map((to) => shown({ version, path, from, to })).join(' | ')} |`,
      );
      return `## ${version}, ${path}\n\n| from \\ to | ${DESTINATIONS.join(' | ')} |\n|---|${'---|'.repeat(DESTINATIONS.length)}\n${rows.join('\n')}\n`;
    }),
  );
  const known = CELLS.filter((cell) => Object.hasOwn(results, keyOf(cell))).length;
  return `# The matrix

Every version with a recipe, by each path, from each storage to each other one, carried out on the lab by \`npm run matrix\`:
${known} of ${CELLS.length} cells. *Moved* means that somebody pushed all the time, the worker was killed twice, and afterwards every acknowledged
push was found and every tag was pulled whole with the old storage taken away; the figure is of those pushes. *Refused* means that
nothing was changed, for the reason below. *Not run yet* says that nobody has tried this very cell: the table of recipes and the tests of
activities say what is to be expected. One version stands for its row in the [table of recipes](../../domain/registries/dtr/recipes.ts).

${sections.join('\n')}
${reasons.length === 0 ? '' : `## Why refused\n\n${reasons.map((reason, index) => `${index + 1}. ${reason}`).join('\n')}\n`}`;
}
