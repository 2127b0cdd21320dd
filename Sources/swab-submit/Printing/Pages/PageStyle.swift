extension HTMLPage {
  /// Colours are those of the browser's scheme; each of them is told from the others by its lightness as well.
  static let style = """
    :root{color-scheme:light dark;--back:#fff;--text:#1b1f24;--soft:#57606a;--line:#d0d7de;--head:#f3f5f7;--link:#0a58ca;
    --good:#1a7f5a;--neutral:#a9b7c4;--bad:#b3261e;--wait:#d9a520;--warn:#8a3b00;--warnback:#fff3e0;--badback:#fdecea;--goodback:#e8f5ef}
    @media (prefers-color-scheme:dark){:root{--back:#14171b;--text:#e4e8ec;--soft:#9aa4af;--line:#363c44;--head:#20252b;--link:#7db3ff;
    --good:#3fb98a;--neutral:#5c6b7a;--bad:#f2766b;--wait:#e0b84a;--warn:#ffb27a;--warnback:#33230f;--badback:#3a1917;--goodback:#12291f}}
    *{box-sizing:border-box}
    body{font:14px/1.45 system-ui,sans-serif;margin:0;background:var(--back);color:var(--text)}
    main{max-width:1400px;margin:auto;padding:1em 1.2em 3em}
    a{color:var(--link)}h1{font-size:1.4em;margin:.4em 0;overflow-wrap:anywhere}h2{font-size:1.1em;margin:1.8em 0 .5em}
    p{margin:.5em 0;overflow-wrap:anywhere}code{font-size:.93em;overflow-wrap:anywhere}
    .wide{overflow-x:auto}table{border-collapse:collapse;min-width:100%}
    th,td{border-bottom:1px solid var(--line);padding:4px 10px;text-align:left;vertical-align:top}
    th{background:var(--head);white-space:nowrap}td{min-width:3em;max-width:38em;overflow-wrap:break-word}
    td>code{display:inline-block;min-width:14em}
    .number{text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums}
    th[aria-sort]{cursor:pointer}th button{all:unset;cursor:pointer}th button:focus-visible{outline:2px solid var(--link)}
    th[aria-sort=ascending] button:after{content:" ▲"}th[aria-sort=descending] button:after{content:" ▼"}
    input[type=search]{font:inherit;color:inherit;background:var(--back);border:1px solid var(--line);border-radius:6px;padding:3px 8px;margin:.3em 0;max-width:100%}
    small{display:block;color:var(--soft)}.why{min-width:16em;overflow-wrap:anywhere}
    .advice{color:var(--warn)}tr.person{background:var(--warnback)}.note{color:var(--soft)}
    .sums{list-style:none;padding:0;display:flex;flex-wrap:wrap;gap:.5em}.sums li{border:1px solid var(--line);border-radius:6px;padding:2px 10px}
    .sums .person{color:var(--warn);border-color:var(--warn)}
    .phase{border:1px solid var(--line);border-radius:6px;padding:1px 7px;font-size:.9rem;font-weight:normal;white-space:nowrap}
    .blocked,.needsApproval,.unmapped{color:var(--warn);border-color:var(--warn)}
    .badge{border:1px solid;border-radius:1em;padding:1px 10px;font-size:.9rem;white-space:nowrap;vertical-align:middle}
    .badge.act{color:var(--bad)}.badge.wait{color:var(--warn)}.badge.done{color:var(--good)}
    .box{border:1px solid var(--line);border-left-width:5px;border-radius:6px;padding:.5em .9em;margin:.8em 0}
    .box.act{border-color:var(--bad);background:var(--badback)}.box.wait{border-color:var(--wait);background:var(--warnback)}
    .box.done{border-color:var(--good);background:var(--goodback)}.box ul{margin:.3em 0;padding-left:1.3em}.box li{overflow-wrap:anywhere}
    .tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(150px,1fr));gap:10px;margin:1em 0}
    .tiles div{background:var(--head);border:1px solid var(--line);border-radius:8px;padding:.5em .8em}.tiles b{display:block;font-size:1.6em}
    .legend{display:flex;flex-wrap:wrap;gap:.2em 1.2em}.legend svg{width:.8em;height:.8em;margin-right:.4em}
    svg.bar{display:block;width:100%;height:22px;border-radius:5px}svg.small{width:8em;height:1.2em}svg.marks{width:11em;height:2.4em}
    .good{fill:var(--good)}.neutral{fill:var(--neutral)}.bad{fill:var(--bad)}.waits{fill:var(--wait)}.base{stroke:var(--line)}
    summary{cursor:pointer}details{margin:.5em 0}
    @media (max-width:700px){main{padding:.6em .7em 2em}table,tbody,tr,td{display:block}
    thead tr{display:flex;flex-wrap:wrap}thead th{border:0;padding:2px 8px}
    tbody tr{border-bottom:1px solid var(--line);padding:.5em 0}td,td.number{border:0;padding:1px 6px;text-align:left;max-width:none}
    td.number{display:inline-block}td[data-name]:before{content:attr(data-name) " ";color:var(--soft);font-size:.9em}td:empty{display:none}
    td>code{min-width:0}.why{min-width:0}tbody tr[hidden]{display:none}}
    @media print{input[type=search]{display:none}}
    body:has(#attention:checked) tbody tr.fine{display:none}
    """

  /// Makes tables sortable by a click on a column, and long ones searchable. Without it a page shows the same.
  static let script = """
    for (const table of document.querySelectorAll("table")) {
      const body = table.tBodies[0], heads = [...table.tHead.rows[0].cells];
      const value = (row, column) => row.cells[column].dataset.value ?? row.cells[column].textContent;
      heads.forEach((head, column) => {
        const button = document.createElement("button");
        button.append(...head.childNodes);
        head.append(button);
        head.setAttribute("aria-sort", "none");
        head.addEventListener("click", () => {
          const isNumber = head.className === "number", before = head.getAttribute("aria-sort");
          const sign = before === "none" ? (isNumber ? -1 : 1) : before === "ascending" ? -1 : 1;
          for (const other of heads) other.setAttribute("aria-sort", "none");
          head.setAttribute("aria-sort", sign > 0 ? "ascending" : "descending");
          const order = (a, b) => isNumber
            ? (a === "–" ? -1 : Number(a)) - (b === "–" ? -1 : Number(b)) : a.localeCompare(b, "en", {numeric: true});
          body.append(...[...body.rows].sort((a, b) => sign * order(value(a, column), value(b, column))));
        });
      });
      if (body.rows.length < 15) continue;
      const search = document.createElement("input");
      search.type = "search";
      search.placeholder = search.ariaLabel = `find in ${body.rows.length} rows`;
      search.addEventListener("input", () => {
        const text = search.value.toLowerCase();
        for (const row of body.rows) row.hidden = !row.textContent.toLowerCase().includes(text);
      });
      table.parentElement.before(search);
    }
    """
}
