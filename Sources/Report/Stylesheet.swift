/// How the page looks. Series have the colours of Okabe and Ito, "Color Universal Design" (2008), which
/// people with any colour vision tell apart; text has a contrast of 4.5 or more with what is behind it.
enum Stylesheet {
  /// The rules; no `<`, `>` or `&` may stand in them.
  static let rules: StaticString = """
    :root {
      color-scheme: light dark;
      --paper: #fcfcfb; --raised: #f3f4f3; --ink: #1b1e21; --soft: #565c63; --line: #dcdfe1;
      --grid: #e6e8ea; --accent: #0b61a4; --good: #00664b; --bad: #a83a00;
      --one: #0072b2; --two: #d55e00; --three: #009e73;
      --sea: #eef2f5; --land: #d9dcd6; --tolerance: #cfe3f2;
      --heat-0: #f6fafd; --heat-1: #e6f1f9; --heat-2: #d3e6f4; --heat-3: #bedaef; --heat-4: #a8cde9;
    }
    @media screen and (prefers-color-scheme: dark) {
      :root {
        --paper: #14171a; --raised: #1d2125; --ink: #e7e9eb; --soft: #a3abb3; --line: #343a41;
        --grid: #272c32; --accent: #7cc0f2; --good: #4fd0a5; --bad: #ff9a66;
        --one: #56b4e9; --two: #e69f00; --three: #1fb489;
        --sea: #1a1f24; --land: #353b40; --tolerance: #1f4662;
        --heat-0: #171d22; --heat-1: #182a38; --heat-2: #1a374c; --heat-3: #1c4560; --heat-4: #1e5375;
      }
    }
    * { box-sizing: border-box; }
    html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; scroll-padding-top: 1rem; }
    body {
      margin: 0 auto; padding: 0 1.5rem 3rem; max-width: 64rem; background: var(--paper);
      color: var(--ink); font: 1rem/1.55 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif;
      overflow-wrap: break-word;
    }
    a { color: var(--accent); text-underline-offset: 0.15em; text-decoration-thickness: 0.06em; }
    a:focus-visible, summary:focus-visible, .scroll:focus-visible {
      outline: 3px solid var(--accent); outline-offset: 2px; border-radius: 2px;
    }
    .skip { position: absolute; left: -999rem; }
    .skip:focus { left: 1rem; top: 0.5rem; padding: 0.4rem 0.8rem; background: var(--paper); z-index: 2; }
    .unseen {
      position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%);
      white-space: nowrap;
    }
    header { padding: 3.5rem 0 1.25rem; }
    header p { margin: 0; }
    .kind { color: var(--accent); font-weight: 600; font-size: 0.875rem; letter-spacing: 0.02em; }
    h1 { margin: 0.1rem 0 0.3rem; font-size: 2.25rem; line-height: 1.15; letter-spacing: -0.02em; }
    h2 { margin: 0 0 0.75rem; font-size: 1.375rem; line-height: 1.25; letter-spacing: -0.01em; }
    h3 { margin: 2rem 0 0.5rem; font-size: 1.0625rem; line-height: 1.3; }
    section { padding-top: 2.5rem; margin-top: 2.5rem; border-top: 1px solid var(--line); }
    section:first-child { margin-top: 0; }
    p { margin: 0 0 0.75rem; max-width: 46rem; }
    .lead { font-size: 1.125rem; }
    .note { color: var(--soft); font-size: 0.875rem; }
    .good { color: var(--good); }
    .bad { color: var(--bad); }
    nav ol { display: flex; flex-wrap: wrap; gap: 0.15rem 1.25rem; margin: 0; padding: 0; list-style: none; }
    nav { padding-bottom: 1.75rem; font-size: 0.9375rem; }
    nav a { text-decoration: none; }
    nav a:hover { text-decoration: underline; }
    .key-figures { display: flex; flex-wrap: wrap; gap: 1.25rem 3rem; margin: 1.75rem 0 0; }
    .key-figures div { display: flex; flex-direction: column; }
    .key-figures dt { color: var(--soft); font-size: 0.875rem; }
    .key-figures dd { margin: 0; }
    .key-figures .number { font-size: 2rem; line-height: 1.2; font-weight: 600; letter-spacing: -0.02em; }
    figure { margin: 1.25rem 0 0; }
    figcaption { margin-top: 0.75rem; }
    figcaption p { margin: 0.4rem 0 0; }
    .legend {
      display: flex; flex-wrap: wrap; gap: 0.25rem 1.5rem; margin: 0; padding: 0; list-style: none;
      color: var(--soft); font-size: 0.875rem;
    }
    .legend li { display: flex; align-items: center; gap: 0.5rem; }
    .key { width: 22px; height: 14px; flex: none; }
    .panels { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 18.5rem), 1fr)); gap: 1.5rem 1.25rem; }
    .panel h3 { margin: 0 0 0.5rem; }
    .panel .note { margin: 0.25rem 0 0; }
    details { margin-top: 0.75rem; }
    summary { color: var(--accent); cursor: pointer; font-size: 0.9375rem; width: fit-content; }
    .scroll { position: relative; overflow-x: auto; margin-top: 0.75rem; max-width: 100%; }
    table { border-collapse: collapse; font-size: 0.875rem; line-height: 1.4; font-variant-numeric: tabular-nums; }
    caption { text-align: left; color: var(--soft); padding-bottom: 0.5rem; }
    caption span { position: sticky; left: 0; display: inline-block; max-width: min(46rem, calc(100vw - 2rem)); }
    th, td { padding: 0.3rem 0.75rem 0.3rem 0; text-align: left; vertical-align: top; border-bottom: 1px solid var(--line); }
    tbody td { white-space: nowrap; }
    tbody td.prose { white-space: normal; min-width: 18rem; }
    thead th { color: var(--soft); font-weight: 500; vertical-align: bottom; border-bottom-color: var(--soft); }
    tbody th { font-weight: 500; white-space: nowrap; }
    .n { text-align: right; white-space: nowrap; }
    thead .n { white-space: normal; min-width: 4rem; }
    .matrix td, .matrix th { padding: 0.3rem 0.6rem; }
    .matrix td { border: 1px solid var(--paper); }
    .matrix thead .n { white-space: nowrap; }
    .matrix tbody th, .matrix thead th:first-child { position: sticky; left: 0; background: var(--paper); padding-left: 0; }
    .self { color: var(--soft); }
    .gap { background: var(--bad); color: var(--paper); font-weight: 700; }
    .heat-0 { background: var(--heat-0); } .heat-1 { background: var(--heat-1); }
    .heat-2 { background: var(--heat-2); } .heat-3 { background: var(--heat-3); }
    .heat-4 { background: var(--heat-4); }
    ul.bad { padding: 0; list-style: none; }
    .manifest { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 19rem), 1fr)); gap: 0.9rem 2rem; margin: 0 0 1.5rem; }
    .manifest dt { color: var(--soft); font-size: 0.875rem; }
    .manifest dd { margin: 0; overflow-wrap: anywhere; font-variant-numeric: tabular-nums; }
    .downloads { padding-left: 1.2rem; }
    footer { margin-top: 3rem; padding-top: 1rem; border-top: 1px solid var(--line); }
    svg { display: block; width: 100%; height: auto; overflow: visible; }
    svg text { fill: var(--ink); font-family: inherit; font-variant-numeric: tabular-nums; }
    .narrow { display: none; }
    @media screen and (max-width: 50rem) {
      body { padding: 0 1rem 2rem; }
      header { padding-top: 2rem; }
      h1 { font-size: 1.75rem; }
      .wide { display: none; }
      .narrow { display: block; }
      .key-figures { gap: 1rem 2rem; }
      .panel svg, svg.narrow { margin: 0 auto; }
    }
    .grid { stroke: var(--grid); }
    .axis { stroke: var(--soft); }
    svg .tick { font-size: 11px; fill: var(--soft); }
    svg .axis-title { font-size: 11px; fill: var(--soft); }
    svg .row-name { font-size: 12px; }
    svg .row-note { font-size: 12px; fill: var(--soft); white-space: pre; }
    svg .row-note.bad { fill: var(--bad); font-weight: 600; }
    .sea { fill: var(--sea); }
    .land { fill: var(--land); stroke: var(--land); stroke-width: 0.6; }
    .graticule { fill: none; stroke: var(--line); stroke-width: 0.6; }
    .tunnel { fill: none; stroke: var(--one); stroke-width: 1.75; }
    .tunnel.down { stroke: var(--bad); stroke-dasharray: 5 4; }
    .site { fill: var(--ink); stroke: var(--paper); stroke-width: 1.5; }
    .leader { stroke: var(--soft); stroke-width: 0.8; }
    .plate { fill: var(--paper); opacity: 0.88; }
    svg .tunnel-label { font-size: 11.5px; fill: var(--accent); }
    svg .tunnel-label.down { fill: var(--bad); font-weight: 600; }
    svg .site-name, svg .site-note, svg .halo {
      paint-order: stroke; stroke: var(--paper); stroke-width: 3px; stroke-linejoin: round;
    }
    svg .site-name { font-size: 13px; font-weight: 600; }
    svg .site-note { font-size: 11px; fill: var(--soft); }
    .tolerance { fill: var(--tolerance); }
    .asked { stroke: var(--ink); stroke-width: 1.5; }
    .baseline { fill: none; stroke: var(--soft); stroke-width: 1.5; }
    .spread { fill: none; stroke: var(--one); stroke-width: 1.5; }
    .measured { fill: var(--one); stroke: var(--paper); stroke-width: 1; }
    .measured.off { fill: var(--two); }
    .mean-line { fill: none; stroke: var(--one); stroke-width: 1.75; }
    .run { fill: none; stroke: var(--one); stroke-width: 1; }
    .incomplete { fill: none; stroke: var(--bad); stroke-width: 2; }
    .seed-line { fill: none; stroke: var(--two); stroke-width: 1.25; stroke-dasharray: 4 3; }
    .seed { fill: var(--paper); stroke: var(--two); stroke-width: 1.5; }
    .before { stroke: var(--grid); stroke-width: 1; }
    .stage-1 { fill: var(--soft); } .stage-2 { fill: var(--two); }
    .stage-3 { fill: var(--one); } .stage-4 { fill: var(--three); }
    @media print {
      :root { color-scheme: light; --paper: #ffffff; }
      @page { margin: 16mm 14mm; }
      body { max-width: none; padding: 0; font-size: 10pt; -webkit-print-color-adjust: exact; print-color-adjust: exact; }
      header { padding-top: 0; }
      nav, .skip, #downloads { display: none; }
      details:not([open]) { display: none; }
      .scroll { overflow: visible; }
      tbody td { white-space: normal; }
      h2, h3 { break-after: avoid; }
      svg, tr, .panel, .key-figures, .legend { break-inside: avoid; }
      section { padding-top: 1.25rem; margin-top: 1.25rem; }
      table { font-size: 8pt; }
      .panels { grid-template-columns: repeat(3, 1fr); }
      .matrix th, .matrix td { padding: 0.15rem 0.25rem; }
    }
    """
}
