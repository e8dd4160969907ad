#include "services/cli/page/style.h"

namespace clientele::cli {
namespace {

// Series colours: Okabe and Ito 2008, with a darker yellow on white; on dark ground lighter ones.
constexpr absl::string_view kStyle = R"css(
:root {
  color-scheme: light dark;
  --page: #f5f6f8; --card: #fff; --text: #1d2530; --soft: #566170; --edge: #dfe3e8; --grid: #e9ecf0;
  --guide: #7a8592;
  --c0: #0072b2; --c1: #d55e00; --c2: #009e73; --c3: #cc79a7; --c4: #e69f00; --c5: #56b4e9; --c6: #a89a00;
  --c7: #7a8592;
  --good: #00734f; --bad: #a94a00;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #12161b; --card: #1b2129; --text: #e7ebf0; --soft: #a2adba; --edge: #2d3640; --grid: #28303a;
    --guide: #8793a1;
    --c0: #56b4e9; --c1: #f0893a; --c2: #2fc197; --c3: #df9cc1; --c4: #f0b73a; --c5: #8fb8ff; --c6: #f0e442;
    --c7: #98a3b0;
    --good: #3ecf9f; --bad: #f0893a;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0; background: var(--page); color: var(--text);
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif;
}
main { max-width: 1240px; margin: 0 auto; padding: 24px 16px 48px; }
h1, h2, h3, p, dl, ul, figure { margin: 0; }
h1 { font-size: 2rem; line-height: 1.2; }
h2 { font-size: 1.25rem; margin-bottom: 12px; }
h3 { font-size: 1rem; margin-bottom: 8px; }
section { margin-top: 28px; }
.lead { font-size: 1.05rem; }
.note { color: var(--soft); font-size: .88rem; margin-top: 10px; max-width: 80ch; }
header .lead { color: var(--soft); margin: 4px 0 16px; }
.chip {
  display: inline-block; margin-left: 4px; padding: 0 10px; border-radius: 999px; font-size: .85rem;
  color: var(--c0); border: 1px solid currentColor;
}
.card { background: var(--card); border: 1px solid var(--edge); border-radius: 10px; padding: 16px; min-width: 0; }
.card .card, .grid > section { margin-top: 0; }
.grid { display: grid; gap: 16px; grid-template-columns: repeat(auto-fit, minmax(min(100%, 420px), 1fr)); }
.grid .wide { grid-column: 1 / -1; }
.grid + .card, .card + .card, header + .grid, .lead + .grid { margin-top: 16px; }
.grid > .card { margin-top: 0; }
.grid h2 { margin-bottom: 4px; }

.verdict { display: flex; gap: 16px; align-items: flex-start; }
.letter {
  flex: none; width: 72px; height: 72px; border-radius: 10px; font-size: 2.6rem; font-weight: 700;
  line-height: 72px;
  text-align: center; color: var(--card); background: var(--guide);
}
.letter.A { background: var(--good); }
.letter.B { background: var(--c0); }
.checks { padding: 0; list-style: none; margin-top: 6px; }
.findings { padding-left: 1.2em; margin-top: 10px; max-width: 100ch; }
.scroll + .facts { margin-top: 14px; }
.tiles + .grid { margin-top: 16px; }
.tiles + .card { margin-top: 16px; }
.passed { color: var(--good); }
.failed { color: var(--bad); }

.facts { display: grid; gap: 10px 28px; grid-template-columns: repeat(auto-fit, minmax(min(100%, 210px), 1fr)); }
dt { color: var(--soft); font-size: .82rem; }
dd { margin: 0; overflow-wrap: anywhere; }
.tiles { display: grid; gap: 12px; grid-template-columns: repeat(auto-fill, minmax(165px, 1fr)); }
.tiles .card { padding: 12px 14px; margin: 0; }
.tiles dd { color: var(--soft); font-size: .8rem; line-height: 1.35; }
.tiles .value { color: var(--text); font-size: 1.35rem; font-weight: 600; line-height: 1.3; }
details { margin-top: 14px; }
summary { cursor: pointer; color: var(--c0); }

figure { display: flex; flex-direction: column; }
figcaption { margin-top: auto; padding-top: 10px; font-size: .92rem; }
.legend { display: flex; flex-wrap: wrap; gap: 2px 16px; padding: 6px 0 0; list-style: none; font-size: .85rem; }
.swatch { width: 14px; height: 14px; margin-right: 6px; vertical-align: -2px; }
.chart { display: block; width: 100%; max-width: 560px; height: auto; margin: 0 auto; }
.chart text { font-size: 12px; fill: var(--text); }
@media (max-width: 520px) {
  .chart text { font-size: 13.5px; }
  main { padding: 16px 8px 32px; }
  .card { padding: 12px; }
}
@media (min-width: 980px) { .chart text { font-size: 11px; } }
.chart .label { paint-order: stroke; stroke: var(--card); stroke-width: 3px; stroke-linejoin: round; }
.chart .tick, .chart .axis-label { fill: var(--soft); }
.c0 { --c: var(--c0); } .c1 { --c: var(--c1); } .c2 { --c: var(--c2); } .c3 { --c: var(--c3); }
.c4 { --c: var(--c4); } .c5 { --c: var(--c5); } .c6 { --c: var(--c6); } .c7 { --c: var(--c7); }
.tick-line { stroke: var(--grid); }
.frame { stroke: var(--guide); }
.guide { stroke: var(--guide); stroke-width: 1.3; stroke-dasharray: 5 4; }
.line { fill: none; stroke: var(--c); stroke-width: 2.4; stroke-linejoin: round; }
.line.thin { stroke-width: 1.4; }
.line.dashed { stroke-dasharray: 7 3; }
.area { fill: var(--c); fill-opacity: .12; stroke: none; }
.whisker { stroke: var(--c); stroke-width: 1.8; }
.bar { fill: var(--c); }
.bar.soft { opacity: .22; }
.bar.hollow { fill: var(--card); stroke: var(--c); stroke-width: 1.2; }
.surface { fill: var(--c); stroke: none; }
.cell { fill: var(--c); stroke: var(--card); }
.mark { fill: var(--c); stroke: var(--card); stroke-width: 1.2; }
.member { fill: var(--c); fill-opacity: .5; stroke: none; }

.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: .88rem; }
th, td { padding: 5px 10px; border-bottom: 1px solid var(--edge); text-align: left; vertical-align: top; }
thead th { color: var(--soft); font-weight: 600; vertical-align: bottom; }
td.text { min-width: 9em; }
.number { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
.heat-table th[scope=row] { white-space: nowrap; font-weight: 400; }
.heat { border: 2px solid var(--card); white-space: nowrap; font-variant-numeric: tabular-nums; }
.heat.high { background: rgb(213 94 0 / calc(var(--z) * .55)); }
.heat.low { background: rgb(0 114 178 / calc(var(--z) * .55)); }
.z { font-size: .75rem; margin-left: 8px; opacity: .8; }

@media print {
  :root { --page: #fff; }
  body { font-size: 11pt; }
  main { max-width: none; padding: 0; }
  .grid { grid-template-columns: 1fr 1fr; }
  figure, .card, tr { break-inside: avoid; }
  * { print-color-adjust: exact; }
}
)css";

}  // namespace

absl::string_view PageStyle() { return kStyle; }

}  // namespace clientele::cli
