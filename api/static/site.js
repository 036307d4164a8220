// Make pages quicker to use: everything here has a way without it.
"use strict";
(() => {
  const { parseAmount, showFigure, showMoney, convert } = Amounts;
  const root = document.documentElement;
  root.classList.add("scripted");
  const words = JSON.parse(document.body.dataset.words || "{}");
  const all = (selector, from = document) => [...from.querySelectorAll(selector)];
  const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name]);

  // ---- Amounts -------------------------------------------------------------------------------------------------------

  function showUnderstood(field) {
    const input = field.querySelector("input.num");
    const output = field.querySelector(".understood");
    const digits = Number(field.dataset.digits || 2);
    const currency = field.dataset.currency || field.querySelector("select.currency")?.value || "";
    const read = parseAmount(input.value, digits, currency);
    output.classList.toggle("doubt", Boolean(read.reason));
    output.textContent = "";
    if (read.reason === "ambiguous") output.textContent = fill(words.ambiguous, { example: showFigure(123456n, 2) });
    else if (read.reason) output.textContent = words.not_understood;
    if (read.minor === undefined) return;
    output.textContent = fill(words.understood, { money: showMoney(read.minor, currency, digits) });
    const { rate, rateBase, rateQuote, rateSource } = field.dataset;
    if (!rate || ![rateBase, rateQuote].includes(currency)) return;
    const backwards = currency === rateQuote;
    const other = document.createElement("span");
    other.className = "other";
    const money = showMoney(convert(read.minor, rate, backwards), backwards ? rateBase : rateQuote);
    other.textContent = fill(words.other_currency, { money, rate: rate.replace(".", words.decimal), source: rateSource });
    output.append(other);
  }

  function onMoney(event) {
    const field = event.target.closest?.("[data-money]");
    if (field) showUnderstood(field);
  }

  // ---- Lines of a journal entry --------------------------------------------------------------------------------------

  function lineFacts(row, accounts) {
    const option = accounts.get(row.querySelector("[data-account]").value.trim());
    const debit = parseAmount(row.querySelector("[data-debit]").value, 2, "").minor ?? 0n;
    const credit = parseAmount(row.querySelector("[data-credit]").value, 2, "").minor ?? 0n;
    const fund = row.querySelector("[data-fund]");
    const fundName = fund.selectedOptions[0]?.textContent.trim() || "";
    return { amount: debit - credit, typed: debit !== 0n || credit !== 0n, option, fund: fund.value, fundName };
  }

  function showBalance(lines) {
    const output = lines.querySelector(".balance");
    if (!output) return;
    const accounts = new Map(all("datalist option", lines).map((option) => [option.value, option]));
    const sums = new Map();
    for (const row of all("tbody tr", lines)) {
      const line = lineFacts(row, accounts);
      if (!line.typed || !line.option) continue;
      const { book, currency } = line.option.dataset;
      const key = [book, line.fund, currency].join("\n");
      const sum = sums.get(key) || { amount: 0n, book, currency, fund: line.fundName };
      sum.amount += line.amount;
      sums.set(key, sum);
    }
    const books = new Set([...sums.values()].map((sum) => sum.book));
    output.replaceChildren(...[...sums.values()].map((sum) => balanceLine(sum, books.size > 1)));
    if (!sums.size) output.textContent = words.nothing_yet;
  }

  function balanceLine(sum, withBook) {
    const line = document.createElement("span");
    const chip = document.createElement("span");
    const short = sum.amount === 0n ? words.balanced : sum.amount > 0n ? words.credit_short : words.debit_short;
    const size = sum.amount < 0n ? -sum.amount : sum.amount;
    chip.className = `chip ${sum.amount === 0n ? "good" : "wait"}`;
    chip.textContent = fill(short, { money: showMoney(size, sum.currency) });
    line.append([withBook ? sum.book : "", sum.fund, sum.currency].filter(Boolean).join(" · "), " ", chip);
    return line;
  }

  function addLine(lines) {
    const rows = all("tbody tr", lines);
    const last = rows[rows.length - 1];
    const group = lines.dataset.lines;
    const number = Math.max(...rows.map((row) => Number(row.dataset.line))) + 1;
    const made = last.cloneNode(true);
    const renumber = (text) => text.replace(`${group}-${last.dataset.line}`, `${group}-${number}`);
    made.dataset.line = number;
    for (const part of all("[id], [name], [for], [aria-describedby]", made)) {
      for (const name of ["id", "name", "for", "aria-describedby"]) {
        if (part.hasAttribute(name)) part.setAttribute(name, renumber(part.getAttribute(name)));
      }
      if (part.matches("input")) part.value = "";
      part.removeAttribute("aria-invalid");
    }
    for (const part of all("[aria-label]", made)) part.setAttribute("aria-label", part.getAttribute("aria-label").replace(/\d+/, rows.length + 1));
    for (const part of all("output", made)) part.textContent = "";
    for (const part of all(".error", made)) part.remove();
    for (const part of all(".wrong", made)) part.classList.remove("wrong");
    const remove = made.querySelector(".remove");
    remove.value = renumber(remove.value);
    last.after(made);
    return made;
  }

  function onLineButton(event) {
    const button = event.target.closest?.("button[name=action]");
    const lines = button?.closest("[data-lines]");
    if (!lines) return;
    event.preventDefault();
    const rows = all("tbody tr", lines);
    if (button.value.startsWith("add-")) addLine(lines).querySelector("input").focus();
    else if (rows.length > 1) {
      const row = button.closest("tr");
      (row.nextElementSibling || row.previousElementSibling).querySelector("input").focus();
      row.remove();
    } else for (const input of all("input", rows[0])) input.value = "";
    showBalance(lines);
    keepDraft(lines.closest("form"));
    typed(lines.closest("form"), 0);
  }

  // ---- Drafts: what is typed outlives a language switch, an ended session and a closed page ---------------------------

  const person = document.body.dataset.person || "";
  // The query belongs to the place: a form begun for a pledge or for a transfer that came back is not the empty one.
  const place = (() => {
    const query = new URLSearchParams(location.search);
    query.delete("done");
    query.sort();
    return `draft:${person}:${location.pathname}?${query}:`;
  })();
  const draftKey = (form) => `${place}${form.id || all("form[data-draft]").indexOf(form)}`;

  function typedIn(form) {
    return [...form.elements].filter(
      (e) => e.name && !["hidden", "password", "file", "submit", "button"].includes(e.type) && (!["checkbox", "radio"].includes(e.type) || e.checked),
    ).map((e) => [e.name, e.value]);
  }

  function keepDraft(form) {
    if (form?.matches("[data-draft]")) sessionStorage.setItem(draftKey(form), JSON.stringify(typedIn(form)));
  }

  function putBack(form, pairs) {
    for (const element of form.elements) if (["checkbox", "radio"].includes(element.type)) element.checked = false;
    for (const [name, value] of pairs) {
      let found = form.elements[name];
      const lines = form.querySelector("[data-lines]");
      const line = lines && name.match(new RegExp(`^${lines.dataset.lines}-(\\d+)-`));
      while (!found && line && all("tbody tr", lines).length < 500) {
        const made = addLine(lines);
        found = form.elements[name];
        if (Number(made.dataset.line) >= Number(line[1])) break;
      }
      if (!found) continue;
      if (found instanceof RadioNodeList) for (const one of found) one.checked ||= one.value === value;
      else if (["checkbox", "radio"].includes(found.type)) found.checked = true;
      else found.value = value;
    }
  }

  function restoreDraft(form) {
    const kept = sessionStorage.getItem(draftKey(form));
    if (!kept || document.querySelector("#error-summary") || kept === JSON.stringify(typedIn(form))) return;
    putBack(form, JSON.parse(kept));
    const notice = document.createElement("div");
    notice.className = "restored";
    notice.setAttribute("role", "status");
    const again = document.createElement("button");
    again.type = "button";
    again.className = "plain";
    again.textContent = words.discard;
    again.addEventListener("click", () => {
      sessionStorage.removeItem(draftKey(form));
      location.assign(location.href);
    });
    notice.append(words.restored, " ", again);
    form.before(notice);
  }

  function forgetSent() {
    const sent = sessionStorage.getItem("sent");
    sessionStorage.removeItem("sent");
    if (!sent) return;
    const status = performance.getEntriesByType("navigation")[0]?.responseStatus || 200;
    const elsewhere = !sent.startsWith(place);
    if (document.querySelector(".flash") || (elsewhere && status < 400)) sessionStorage.removeItem(sent);
  }

  /** Before the language changes, amounts are written in the one way both languages read. */
  function plainAmounts() {
    for (const input of all("[data-money] input.num, [data-debit], [data-credit]")) {
      const { minor } = parseAmount(input.value, 2, input.closest("[data-money]")?.dataset.currency || "");
      if (minor === undefined) continue;
      const plain = (minor < 0n ? -minor : minor).toString().padStart(3, "0");
      input.value = `${minor < 0n ? "-" : ""}${plain.slice(0, -2)}.${plain.slice(-2)}`;
    }
  }

  // ---- Drafts that the books keep: saved while they are typed, one answer at a time, and told what they come to ------------

  const SAVE_AFTER = 2000;
  const saving = { form: null, timer: 0, dirty: false, running: null };

  const live = (form) => form?.querySelector("[data-autosave]");

  /** Something was typed: save it after a moment, or at once where it changes what may be chosen. */
  function typed(form, after = SAVE_AFTER) {
    if (!live(form) || saving.stopped) return;
    saving.form = form;
    saving.dirty = true;
    clearTimeout(saving.timer);
    saving.timer = setTimeout(saveNow, after);
  }

  /** One save after the other, so that a first one begins the draft and the next ones go on with it. */
  async function saveNow() {
    clearTimeout(saving.timer);
    await saving.running;
    if (!saving.dirty || saving.stopped) return;
    const reshape = saving.reshape;
    saving.dirty = saving.reshape = false;
    saving.running = save(saving.form, reshape);
    await saving.running;
    saving.running = null;
  }

  async function save(form, reshape) {
    const body = new URLSearchParams([...new FormData(form)].filter(([, value]) => typeof value === "string"));
    body.set("action", live(form).dataset.autosave);
    let answer, text;
    try {
      answer = await fetch(form.getAttribute("action"), { method: "POST", body, keepalive: true });
      text = await answer.text();
    } catch {
      return unsaved(form, reshape);
    }
    const found = new DOMParser().parseFromString(text, "text/html");
    if (!live(found.querySelector(`#${form.id}`) || undefined)) return unsaved(form, reshape);
    if (answer.status === 409) saving.stopped = true;
    took(form, found, reshape);
  }

  function unsaved(form, reshape) {
    saving.dirty = true;
    saving.reshape ||= reshape;
    saving.timer = setTimeout(saveNow, 10000);
    const state = form.querySelector(".saved");
    if (state) state.textContent = words.not_saved;
  }

  /** Take over what the answer says, but nothing that somebody is typing in. */
  function took(form, found, reshape) {
    // Not the property: a button of the form has that name.
    const action = found.querySelector(`#${form.id}`).getAttribute("action");
    if (action !== form.getAttribute("action")) {
      form.setAttribute("action", action);
      history.replaceState(history.state, "", action);
      for (const next of all(".languages input[name=next]")) next.value = action;
    }
    // What was chosen since it was asked is newer than this answer.
    const whole = reshape && !saving.dirty;
    saving.reshape ||= reshape && !whole;
    for (const id of ["state", "live", ...(whole ? ["fitting", "lines"] : [])]) {
      const here = document.getElementById(id);
      const there = found.getElementById(id);
      if (here && there && !(id === "lines" && here.contains(document.activeElement))) swap(here, there);
    }
  }

  function swap(here, there) {
    const at = document.activeElement;
    const name = here.contains(at) ? `[name="${at.name}"]${at.type === "radio" ? `[value="${at.value}"]` : ""}` : "";
    if (here.innerHTML !== there.innerHTML) here.replaceChildren(...there.childNodes);
    if (name) here.querySelector(name)?.focus();
  }

  /** What was chosen decides which funds and budget lines there are to choose from. */
  function onReshape(event) {
    const form = event.target.closest?.("form");
    if (!live(form)) return;
    saving.reshape ||= ["campaign", "kind", "electoral"].includes(event.target.name);
    typed(form, 0);
  }

  // ---- Sending -------------------------------------------------------------------------------------------------------

  function onSubmit(event) {
    const form = event.target;
    if (form.matches("[data-keeps-typed]")) {
      if (saving.dirty && !saving.stopped) {
        event.preventDefault();
        const { name, value } = event.submitter;
        form.append(Object.assign(document.createElement("input"), { type: "hidden", name, value }));
        saveNow().finally(() => form.submit());
        return;
      }
      plainAmounts();
      all("form[data-draft]").forEach((one) => sessionStorage.getItem(draftKey(one)) !== null && keepDraft(one));
      return;
    }
    if (form.getAttribute("action") === "/sign-out") {
      Object.keys(sessionStorage).filter((key) => key.startsWith("draft:")).forEach((key) => sessionStorage.removeItem(key));
      return;
    }
    if (form.method !== "post") return;
    if (live(form) && saving.running) {
      // What is sent carries the mark of the last save, so it waits for it.
      event.preventDefault();
      saving.running.then(() => setTimeout(() => form.requestSubmit(event.submitter)));
      return;
    }
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    form.dataset.sent = "yes";
    clearTimeout(saving.timer);
    saving.dirty = false;
    const button = event.submitter?.matches(".btn, .person") ? event.submitter : form.querySelector(".btn.main");
    button?.setAttribute("aria-disabled", "true");
    if (form.matches("[data-draft]")) {
      keepDraft(form);
      sessionStorage.setItem("sent", draftKey(form));
    }
    // A form whose answer is a download leaves the page as it is: let it be sent again after a while.
    setTimeout(() => letSend(form), 8000);
  }

  function letSend(form) {
    delete form.dataset.sent;
    for (const button of all("[aria-disabled]", form)) button.removeAttribute("aria-disabled");
  }

  function onFile(event) {
    const input = event.target;
    if (!input.matches?.("input[type=file][data-limit-bytes]")) return;
    const limit = Number(input.dataset.limitBytes);
    const large = [...input.files].find((file) => file.size > limit);
    let told = input.parentElement.querySelector(".error.live");
    if (!large) return void told?.remove();
    if (!told) {
      told = document.createElement("p");
      told.className = "error live";
      told.setAttribute("role", "alert");
      input.after(told);
    }
    const millions = (bytes) => showFigure(BigInt(Math.round(bytes / 1e5)), 1);
    told.textContent = fill(words.too_large, { name: large.name, size: millions(large.size), limit: millions(limit) });
    input.value = "";
  }

  // ---- Keys ----------------------------------------------------------------------------------------------------------

  const PLACES = { h: "/", f: "/funds", t: "/transfers", c: "/contributions", j: "/journal", r: "/reports", a: "/requests" };
  let goingUntil = 0;

  function moveRow(step) {
    const rows = all(".table tbody tr").filter((row) => row.querySelector("a[href], button") && !row.closest(".lines"));
    if (!rows.length) return;
    const now = rows.findIndex((row) => row.classList.contains("at"));
    const next = rows[Math.min(Math.max(now + step, 0), rows.length - 1)];
    for (const row of rows) row.classList.toggle("at", row === next);
    const link = next.querySelector("a[href]") || next.querySelector("button");
    link.focus({ preventScroll: true });
    next.scrollIntoView({ block: "nearest" });
  }

  function openRow(event) {
    const row = document.querySelector("tr.at[data-href]");
    if (!row || event.target.closest("a, button")) return false;
    location.assign(row.dataset.href);
    return true;
  }

  function go(key) {
    const link = document.querySelector(`.side a[href="${PLACES[key]}"]`);
    link?.click();
    return Boolean(link);
  }

  let rowBefore = -1;

  /** The button or link of the row that the person is at, which says that it answers to the key; without a row, of the first that has one. */
  function pressedInRow(key) {
    if (key.length !== 1 || !document.querySelector("main [data-row-key]")) return false;
    const rows = all(".table tbody tr").filter((row) => row.querySelector("a[href], button"));
    const at = rows.find((row) => row.classList.contains("at")) || (rowBefore >= 0 ? rows[Math.min(rowBefore, rows.length - 1)] : rows[0]);
    const named = at?.querySelector(`[data-row-key="${CSS.escape(key)}"]`);
    if (!named) return Boolean(document.querySelector(`main [data-row-key="${CSS.escape(key)}"]`));
    rowBefore = rows.indexOf(at);
    named.click();
    return true;
  }

  /** After a part of the page was exchanged: stay at the row where the person was. */
  function backToRow() {
    if (rowBefore < 0 || !document.querySelector("#results [data-row-key]")) return;
    const rows = all(".table tbody tr").filter((row) => row.querySelector("a[href], button"));
    const row = rows[Math.min(rowBefore, rows.length - 1)];
    row?.classList.add("at");
    (row?.querySelector("a[href]") || row?.querySelector("button"))?.focus({ preventScroll: true });
  }

  /** What is ticked on two sides comes to a difference, shown as it changes. */
  function addUp(box) {
    const side = box.closest("[data-sum]");
    const output = side?.closest("form")?.querySelector("[data-difference]");
    if (!output) return;
    const ticked = all("input[data-minor]:checked", side).map((input) => BigInt(input.dataset.minor));
    const sum = ticked.reduce((one, other) => one + other, BigInt(side.dataset.start || "0"));
    output.textContent = showMoney(sum, side.dataset.currency, 2);
  }

  /** A key that something on this page says it answers to: it is pressed for the person. */
  function pressed(key) {
    const named = key.length === 1 && document.querySelector(`main [data-key="${CSS.escape(key)}"]`);
    if (named) named.click();
    return Boolean(named);
  }

  const KEYS = {
    "?": () => (document.querySelector("#keys")?.showModal(), true),
    "/": () => {
      const box = document.querySelector("#search") || document.querySelector("main input[type=search]");
      box?.focus();
      box?.select();
      return Boolean(box);
    },
    j: () => (moveRow(1), true),
    k: () => (moveRow(-1), true),
    Enter: openRow,
  };

  function onKey(event) {
    if (document.body.dataset.keyboard === "off" || event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (event.target.closest("input, select, textarea, [contenteditable], dialog")) return;
    let done = false;
    if (Date.now() < goingUntil && PLACES[event.key]) done = go(event.key);
    else if (event.key === "g") goingUntil = Date.now() + 1500;
    else done = pressed(event.key) || pressedInRow(event.key) || Boolean(KEYS[event.key]?.(event));
    if (event.key !== "g") goingUntil = 0;
    if (done) event.preventDefault();
  }

  // ---- Small things --------------------------------------------------------------------------------------------------

  /** Tables that fit need no scrolling frame, so that their head can stick to the window. */
  function fitTables() {
    for (const frame of all(".scroll")) {
      const fits = frame.firstElementChild.offsetWidth <= frame.clientWidth;
      frame.classList.toggle("fits", fits);
      if (fits) frame.removeAttribute("tabindex");
      else frame.tabIndex = 0;
    }
  }

  async function copy(button) {
    await navigator.clipboard.writeText(button.dataset.copy);
    const before = button.textContent;
    button.textContent = words.copied;
    setTimeout(() => { button.textContent = before; }, 1500);
  }

  function onClick(event) {
    const opener = event.target.closest("[data-opens]");
    const copier = event.target.closest("[data-copy]");
    if (opener) document.getElementById(opener.dataset.opens)?.showModal();
    if (copier) copy(copier);
    if (event.target.matches("dialog")) event.target.close();
    for (const menu of all("details.you[open]")) if (!menu.contains(event.target)) menu.open = false;
  }

  function onEscape(event) {
    const menu = document.querySelector("details.you[open]");
    if (event.key !== "Escape" || !menu) return;
    menu.open = false;
    menu.querySelector("summary").focus();
  }

  function onInput(event) {
    onMoney(event);
    const lines = event.target.closest?.("[data-lines]");
    if (lines) showBalance(lines);
    const form = event.target.closest?.("form[data-draft]");
    if (form) keepDraft(form);
    typed(event.target.closest?.("form"));
  }

  document.addEventListener("input", onInput);
  document.addEventListener("change", (event) => { addUp(event.target); onFile(event); onMoney(event); onReshape(event); });
  document.addEventListener("visibilitychange", () => document.visibilityState === "hidden" && saveNow());
  document.addEventListener("click", onLineButton);
  document.addEventListener("click", onClick);
  document.addEventListener("keydown", onKey);
  document.addEventListener("keydown", onEscape);
  document.addEventListener("submit", onSubmit);
  document.addEventListener("htmx:after:swap", fitTables);
  document.addEventListener("htmx:after:swap", backToRow);
  // A part of a page cannot ask for a sign-in: load the whole page, which does.
  document.addEventListener("htmx:after:request", (event) => {
    if (event.detail?.ctx?.response?.status === 401) location.reload();
  });
  window.addEventListener("pageshow", () => all("form[data-sent]").forEach(letSend));
  window.addEventListener("resize", fitTables);

  forgetSent();
  all("form[data-draft]").forEach(restoreDraft);
  all("[data-money]").forEach(showUnderstood);
  all("[data-lines]").forEach(showBalance);
  fitTables();
  document.fonts?.ready.then(fitTables);
  document.querySelector("#error-summary, #preview")?.focus();
})();
