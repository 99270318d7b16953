// docs/reference/matrix.md: what every cell of the matrix came to when it was carried out, from what `npm run matrix` has
// written beside it. A cell that was never carried out says so.

import {
  type Cell,
  CELLS,
  cellsOf,
  keyOf,
  type MatrixPart,
  type MatrixResults,
  PARTS,
} from '../lab/matrix/cells.ts';

export function matrixPage(results: MatrixResults): string {
  const reasons: string[] = [];
  const noteOf = (whole: string): number => {
    const reason = whatStops(whole);
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
  const sectionsOf = (part: MatrixPart): string[] => {
    const { title, versions, paths, sources, destinations } = part;
    const cells = cellsOf(part);
    return versions.flatMap((version) =>
      paths.map((path) => {
        const rows = sources.map((from) => {
          const row = cells.filter(
            (cell) => cell.version === version && cell.path === path && cell.from === from,
          );
          return `| ${from} | ${row.map(shown).join(' | ')} |`;
        });
        return `## ${title} ${version}, ${path}\n\n| from \\ to | ${destinations.join(' | ')} |\n|---|${'---|'.repeat(destinations.length)}\n${rows.join('\n')}\n`;
      }),
    );
  };
  const sections = PARTS.flatMap(sectionsOf);
  const known = CELLS.filter((cell) => Object.hasOwn(results, keyOf(cell))).length;
  return `# The matrix

Every version with a recipe, by each of its paths, from each storage to each other one, carried out on the lab by \`npm run matrix\`:
${known} of ${CELLS.length} cells. *Moved* means that somebody pushed all the time, the worker was killed twice, and afterwards every acknowledged
push was found and every tag was pulled whole with the old storage taken away; the figure is of those pushes. *Refused* means that
nothing was changed, for the reason below: every tag was pulled whole afterwards, and a push accepted. *Not run yet* says that nobody has tried
this very cell: the tables of recipes and the tests of activities say what is to be expected. One version stands for its row in the tables of
recipes ([DTR and MSR](../../domain/registries/dtr/recipes.ts), [Distribution](../../domain/registries/distribution/recipes.ts)).

DTR and MSR are the lab's stand-in. Distribution is itself: 2.8 as Debian builds it, without the drivers of Azure and Google, and 3.1.2. It has no
best practice path, and is told of paths: *volume* is a folder, *nfs* a folder where hosts have an export mounted. From *nfs*
three processes on hosts are moved, from elsewhere one beside the worker.

${sections.join('\n')}
${reasons.length === 0 ? '' : `## Why refused\n\n${reasons.map((reason, index) => `${index + 1}. ${reason}`).join('\n')}\n`}`;
}

/** Of the findings of a preflight those that stop. */
function whatStops(reason: string): string {
  const stops = reason.split('\n').flatMap((line) => /^ *stops: (.*)$/.exec(line)?.slice(1) ?? []);
  return stops.length === 0 ? reason : stops.join(' ');
}
