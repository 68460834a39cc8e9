// The levers: a row each, with settings A and B side by side; a track with the record's value marked, and an exact field.

import { h, replace, write } from "./dom.js";
import { leversShown, scenarioOf, scenarioOptions, settingOf, sidesOf } from "./settings.js";

const AT_REST = "Hollow: as the scenario has it. Filled: moved. The tick on a track: the record’s own value.";
const ENDINGS = ["pointerup", "pointercancel"];
const NEAR = 7; // pixels from the record's tick within which a click means the record's value

/**
 * The rows of levers. `moved(which, key, given, how)` hears each move: `how` is "passing" in the middle of a drag,
 * "settled" at its end and for a field, "stepped" for a key on a track. An empty `given` is as the scenario has it.
 */
export function leverRows(context, moved) {
  const { book } = context;
  const element = h("div", { class: "levers", onpointerleave: () => write(hint, AT_REST) });
  const hint = h("p", { class: "hint lever-hint" });
  let laid = "", cells = [], faults = {};

  function build(state) {
    const sides = sidesOf(state), levers = leversShown(book, state);
    const wanted = `${sides.join("")} ${levers.map((lever) => lever.key).join(" ")}`;
    if (wanted === laid) return;
    laid = wanted;
    const focused = document.activeElement?.id;
    cells = [];
    element.classList.toggle("two", sides.length > 1);
    replace(element,
      h("div", { class: "lever head" }, h("span", {}), sides.map((which) => h("h3", { class: `side-${which}` }, `Setting ${which}`))),
      row({ key: "scenario", label: "Scenario", unit: "", hint: "What the levers start from." }, sides, scenarioCell),
      levers.map((lever) => row(lever, sides, lever.choices.length ? choiceCell : numberCell)));
    if (focused && element.querySelector(`#${CSS.escape(focused)}`)) document.getElementById(focused).focus();
    write(hint, AT_REST);
  }

  function row(lever, sides, cellOf) {
    const say = () => write(hint, `${lever.label}: ${lever.hint}${lever.record_words && !lever.choices.length ? ` The record has ${lever.record_words}.` : ""}`);
    const made = sides.map((which) => {
      const cell = cellOf(lever, which);
      cell.fault = h("p", { class: "fault", role: "alert", id: `fault-${which}-${lever.key}`, hidden: true });
      cells.push({ which, key: lever.key, ...cell });
      return h("div", { class: `cell side-${which}` }, h("div", { class: "controls" }, cell.controls), cell.fault);
    });
    return h("div", { class: "lever", onfocusin: say, onpointerenter: say },
      h("span", { class: "name", "aria-hidden": "true" }, lever.label, lever.unit && h("small", {}, lever.unit)),
      made,
      h("span", { class: "unseen", id: `hint-${lever.key}` }, lever.hint));
  }

  function scenarioCell(lever, which) {
    const select = h("select", {
      id: `scenario-${which}`, "aria-label": `Scenario (${which})`, "aria-describedby": `fault-${which}-scenario`,
      onchange: () => moved(which, "scenario", select.value, "settled"),
    }, scenarioOptions(book));
    return { controls: [select], show(setting) { select.value = setting.scenario ?? book.scenarios[0].name; select.title = scenarioOf(book, setting).question; } };
  }

  function choiceCell(lever, which) {
    const unset = h("option", { value: "" });
    const select = h("select", {
      id: `lever-${which}-${lever.key}`, "aria-label": `${lever.label} (${which})`,
      "aria-describedby": `hint-${lever.key} fault-${which}-${lever.key}`,
      onchange: () => moved(which, lever.key, select.value, "settled"),
    }, unset, lever.choices.map((choice) => h("option", { value: choice }, choice)));
    const back = reset(lever, which);
    return {
      controls: [select, back],
      field: select,
      show(setting, own) {
        write(unset, own === null ? "unmoved" : `unmoved: ${own}`);
        select.value = setting[lever.key] ?? "";
        select.classList.toggle("moved", lever.key in setting);
        back.hidden = !(lever.key in setting);
      },
    };
  }

  function numberCell(lever, which) {
    const id = `lever-${which}-${lever.key}`, described = `hint-${lever.key} fault-${which}-${lever.key}`;
    let dragging = false, changed = false, rest = null, unmoved = true;
    const share = (value) => (value - lever.low) / (lever.high - lever.low);
    const range = h("input", {
      type: "range", id, min: lever.low, max: lever.high, step: lever.step,
      "aria-label": `${lever.label} (${which})`, "aria-describedby": described,
    });
    const exact = h("input", {
      type: "text", inputmode: "decimal", id: `${id}-exact`, class: "exact", autocomplete: "off",
      "aria-label": `${lever.label} (${which}), exact value`, "aria-describedby": described,
    });
    const tick = h("span", { class: "tick", "aria-hidden": "true", title: `on record ${lever.record_words ?? lever.record}`, hidden: typeof lever.record !== "number" });
    if (typeof lever.record === "number") tick.style.setProperty("--at", share(lever.record));
    const back = reset(lever, which);

    const atTick = (event) => {
      if (typeof lever.record !== "number" || event.type === "pointercancel") return false;
      const box = tick.getBoundingClientRect();
      return Math.abs(event.clientX - (box.left + box.right) / 2) <= NEAR;
    };
    const given = () => (Number(range.value) === rest ? "" : String(Number(range.value)));
    range.addEventListener("pointerdown", () => {
      [dragging, changed] = [true, false];
      for (const ending of ENDINGS) addEventListener(ending, end);
    });
    range.addEventListener("input", () => {
      changed = true;
      if (dragging) moved(which, lever.key, given(), "passing");
    });
    range.addEventListener("change", () => !dragging && moved(which, lever.key, given(), "stepped"));

    /** A pointer has let go, wherever it is by now: what it did to the track is known in the next task. */
    function end(event) {
      for (const ending of ENDINGS) removeEventListener(ending, end);
      setTimeout(() => {
        dragging = false;
        if (atTick(event)) moved(which, lever.key, lever.record === rest ? "" : String(lever.record), "settled");
        else if (changed || (unmoved && rest === null)) moved(which, lever.key, given(), "settled");
      });
    }

    exact.addEventListener("change", () => moved(which, lever.key, exact.value.trim(), "settled"));
    return {
      controls: [h("span", { class: "track" }, tick, range), exact, back],
      field: exact,
      show(setting, own, fault) {
        rest = typeof own === "number" ? own : null;
        unmoved = !(lever.key in setting);
        const value = unmoved ? rest ?? (lever.low + lever.high) / 2 : Number(setting[lever.key]);
        if (Number(range.value) !== value) range.value = String(value);
        range.classList.toggle("unmoved", unmoved);
        range.setAttribute("aria-valuetext", unmoved ? `as the scenario has it${rest === null ? "" : `, ${rest}`}` : `${setting[lever.key]} ${lever.unit}`);
        exact.placeholder = rest === null ? "path" : String(rest);
        const words = fault ? fault.given : setting[lever.key] ?? "";
        if (exact.value !== words) exact.value = words;
        back.hidden = unmoved;
      },
    };
  }

  const reset = (lever, which) => h("button", {
    type: "button", class: "reset", id: `reset-${which}-${lever.key}`, "aria-label": `Put ${lever.label} (${which}) back`, title: "as the scenario has it",
    onclick: () => {
      moved(which, lever.key, "", "settled");
      document.getElementById(`lever-${which}-${lever.key}`).focus();
    },
  }, "↺");

  return {
    element: h("div", {}, element, hint),
    update(state) {
      build(state);
      for (const cell of cells) {
        const setting = settingOf(book, state, cell.which), fault = faults[`${cell.which}.${cell.key}`];
        cell.show(setting, scenarioOf(book, setting).own?.[cell.key] ?? null, fault);
        cell.fault.hidden = !fault;
        write(cell.fault, fault?.said ?? "");
        cell.field?.setAttribute("aria-invalid", String(Boolean(fault)));
      }
    },
    /** Show a refusal at its field; what was given stays there. */
    refuse(which, key, given, said) {
      faults = { ...faults, [`${which}.${key}`]: { given, said } };
    },
    forgive(which, key) {
      delete faults[`${which}.${key}`];
    },
  };
}
