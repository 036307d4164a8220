// Read and write amounts as the page's language does, in BigInt minor units, never floats; the server decides, this only shows.
"use strict";
const Amounts = (() => {
  const root = document.documentElement;
  const words = JSON.parse(document.body.dataset.words || "{}");
  const french = root.lang.startsWith("fr");

  const GROUPS = french ? /^(?:\d*|\d{1,3}(?: \d{3})+)$/ : /^(?:\d*|\d{1,3}(?:,\d{3})+|\d{1,3}(?: \d{3})+)$/;

  /** Minor units of typed text as the page's language writes it, or the reason why not ("" for nothing typed). */
  function parseAmount(text, digits, currency) {
    let bare = text.replace(/[\s\u00a0\u2000-\u200a\u202f\u205f\u2060]+/g, " ").trim().replace("\u2212", "-");
    if (!bare) return { reason: "" };
    const code = bare.match(/^([A-Za-z]{3}) ?(.+)$/) || bare.match(/^(.+?) ?([A-Za-z]{3})$/);
    if (code && currency) {
      const [first, second] = [code[1], code[2]];
      if (first.toUpperCase() === currency) bare = second;
      else if (second.toUpperCase() === currency) bare = first;
    }
    const parts = bare.match(/^(-?) ?(\d[\d ,.]*|[.,]\d+)$/);
    if (!parts || bare.length > 40) return { reason: "not_understood" };
    const typed = parts[2];
    let sign = words.decimal;
    const dots = typed.split(".");
    if (french && dots.length === 2 && !typed.includes(",") && dots[1].length <= digits) sign = ".";
    const at = typed.indexOf(sign);
    const whole = at < 0 ? typed : typed.slice(0, at);
    const fraction = at < 0 ? "" : typed.slice(at + 1);
    if (at >= 0 && !/^\d+$/.test(fraction)) return { reason: /[.,].*[.,]/.test(typed) ? "ambiguous" : "not_understood" };
    if (!GROUPS.test(whole)) return { reason: /[.,]/.test(whole) ? "ambiguous" : "not_understood" };
    if (sign === "," && /^\d{1,3},\d{3}$/.test(typed)) return { reason: "ambiguous" };
    if (fraction.length > digits) return { reason: "not_understood" };
    const minor = BigInt((whole.replace(/[, ]/g, "") || "0") + fraction.padEnd(digits, "0"));
    return { minor: parts[1] ? -minor : minor };
  }

  function showFigure(minor, digits) {
    const sign = minor < 0n ? "\u2212" : "";
    const plain = (minor < 0n ? -minor : minor).toString().padStart(digits + 1, "0");
    const whole = plain.slice(0, plain.length - digits).replace(/\B(?=(\d{3})+$)/g, words.group);
    return sign + whole + (digits ? words.decimal + plain.slice(plain.length - digits) : "");
  }

  function showMoney(minor, currency, digits = 2) {
    const figure = showFigure(minor, digits);
    return french ? `${figure}\u00a0${currency}` : `${currency}\u00a0${figure}`;
  }

  /** Half-up quotient of two BigInts, as the books round. */
  function divide(top, bottom) {
    const negative = top < 0n;
    const rounded = ((negative ? -top : top) * 2n + bottom) / (bottom * 2n);
    return negative ? -rounded : rounded;
  }

  function convert(minor, rate, backwards) {
    const [whole, fraction = ""] = rate.split(".");
    const scale = 10n ** BigInt(fraction.length);
    const scaled = BigInt(whole + fraction);
    return backwards ? divide(minor * scale, scaled) : divide(minor * scaled, scale);
  }

  return { parseAmount, showFigure, showMoney, convert };
})();
