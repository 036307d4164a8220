"""Keep both languages whole: every message in the code has its French, every French message is used, placeholders agree.

It reads the code and the templates as gettext's tools do; a failure lists what is missing, ready to copy into a catalogue.
"""

import ast
import re
from collections.abc import Iterator
from gettext import NullTranslations
from pathlib import Path

import pytest
from babel.messages.catalog import Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from jinja2 import Environment

from reports.glossary import Term, glossary
from reports.i18n import (
    CATALOGUES,
    CatalogueConflict,
    locale,
    merged_catalogue,
    read_catalogue,
    translate,
    translate_in,
    translate_n,
    translations,
)

ROOT = Path(__file__).parents[1]
ROOMS = ("api", "reports", "ledger")
FRENCH = sorted((CATALOGUES / "fr_CA").glob("*.po"))

METHODS = [("**/templates/**", "jinja2"), ("**.py", "python")]
OPTIONS = {"**/templates/**": {"newstyle_gettext": "true", "trimmed": "true", "silent": "false", "encoding": "utf-8"}}
KEYWORDS = {
    **DEFAULT_KEYWORDS,
    "translate": (2,),
    "translate_n": (2, 3),
    "translate_in": ((2, "c"), 3),
    "NC_": ((1, "c"), 2),
    "words": (1,),
    "words_n": (1, 2),
    "words_in": ((1, "c"), 2),
}

Key = tuple[str, str | tuple[str, ...]]


def used_messages(root: Path = ROOT) -> dict[Key, list[str]]:
    """(context, message) of everything the code says, and where."""
    found: dict[Key, list[str]] = {}
    for room in ROOMS:
        for path, line, message, _, context in extract_from_dir(str(root / room), METHODS, OPTIONS, KEYWORDS):
            found.setdefault((context or "", message), []).append(f"{room}/{path}:{line}")
    return found


def french_messages() -> Iterator[tuple[Path, Message]]:
    for path in FRENCH:
        yield from ((path, message) for message in read_catalogue(path) if message.id)


def key_of(message: Message) -> Key:
    return (message.context or "", tuple(message.id) if isinstance(message.id, list | tuple) else message.id)


def first(key: Key) -> tuple[str, str]:
    """gettext finds a plural message by its singular."""
    return (key[0], key[1] if isinstance(key[1], str) else key[1][0])


def test_every_message_has_its_french() -> None:
    known = {first(key_of(message)) for _, message in french_messages() if all(_texts(message.string))}
    missing = [f"{places[0]}\n    msgid {key[1]!r}" for key, places in used_messages().items() if first(key) not in known]
    assert not missing, f"{len(missing)} without French:\n" + "\n".join(missing)


def test_every_plural_in_the_code_is_a_plural_in_the_catalogue() -> None:
    plurals = {key_of(message) for _, message in french_messages() if message.pluralizable}
    missing = [f"{places[0]} {key[1]!r}" for key, places in used_messages().items() if isinstance(key[1], tuple) and key not in plurals]
    assert not missing, "\n".join(missing)


def test_every_french_message_is_used() -> None:
    used = {first(key) for key in used_messages()}
    unused = [f"{path.name}: {message.id!r}" for path, message in french_messages() if first(key_of(message)) not in used]
    assert not unused, f"{len(unused)} said by nobody:\n" + "\n".join(unused)


def test_placeholders_agree() -> None:
    wrong = [f"{path.name}: {message.id!r} / {message.string!r}" for path, message in french_messages() if not _placeholders_agree(message)]
    assert not wrong, "\n".join(wrong)


def _texts(text: object) -> tuple[str, ...]:
    return tuple(text) if isinstance(text, list | tuple) else (str(text),)


def _placeholders(text: str) -> set[str]:
    """The names to be filled; ``{"%"}`` where a percent sign would break filling them."""
    rest = re.sub(r"%%|%\((\w+)\)s", "", text)
    return {"%"} if "%" in rest else set(re.findall(r"%\((\w+)\)s", text.replace("%%", "")))


def _placeholders_agree(message: Message) -> bool:
    wanted = [_placeholders(text) for text in _texts(message.id)]
    given = [_placeholders(text) for text in _texts(message.string)]
    counted = {"count", "n", "num"}
    return all(names - counted == wanted[-1] - counted and names <= set().union(*wanted) | counted for names in given) and {"%"} not in wanted


def test_no_message_is_fuzzy_or_written_twice_in_a_file() -> None:
    assert not [f"{path.name}: {message.id!r}" for path, message in french_messages() if message.fuzzy]
    for path in FRENCH:
        written = re.findall(r"^msgid ", path.read_text(encoding="utf-8"), re.MULTILINE)
        assert len(written) == len(read_catalogue(path)) + 1, f"{path.name} has a message twice"


# Canadian French as Unifor prints it: no space before ; ! and ?, a no-break space before a colon, inside « » and between thousands.
TYPOGRAPHY = {
    "a space before ; ! or ?": re.compile(r"(?<!«)[ \u00a0\u202f][;!?]"),
    "no no-break space before a colon": re.compile(r"[ \u202f]:|[\w»)]:(?=\s|$)"),
    "no no-break space inside « »": re.compile(r"«(?!\u00a0)|(?<!\u00a0)»"),
    "straight quotes or dots": re.compile(r"['\"]|\.\.\."),
    "a common space between thousands": re.compile(r"[0-9] [0-9]{3}(?![0-9])"),
}


def french_faults(text: str) -> list[str]:
    return [what for what, wrong in TYPOGRAPHY.items() if wrong.search(text)]


# Both unions' names begin with a vowel, and French elides before it: d’Unifor, qu’UE.
BEFORE_A_UNION = re.compile(r"\b(?:de|que|le|la|ne|se) %\((?:union|lender|borrower|own)\)s", re.I)


def test_french_elides_before_a_unions_name() -> None:
    wrong = [f"{path.name}: {text!r}" for path, message in french_messages() for text in _texts(message.string) if BEFORE_A_UNION.search(text)]
    assert not wrong, "\n".join(wrong)


def test_french_is_set_as_in_canada() -> None:
    wrong = [f"{path.name}: {fault}: {text!r}" for path, message in french_messages() for text in _texts(message.string) for fault in french_faults(text)]
    assert not wrong, "\n".join(wrong)
    assert french_faults("Quoi ?") and french_faults("Ici: rien") and french_faults("« x »") and french_faults("l'un") and french_faults("10 000")
    assert not french_faults("Quoi? Ici\u00a0: «\u00a0x\u00a0», Expense:Travel, 10\u00a0000; l’un")


def test_no_message_is_built_before_it_is_translated() -> None:
    """An f-string or a sum inside ``_()`` is never found by gettext's tools, so it would stay English."""
    built = [place for room in ROOMS for path in sorted((ROOT / room).rglob("*.py")) for place in _built_messages(path)]
    assert not built, "\n".join(built)


def _built_messages(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and _name(node.func) in KEYWORDS and any(map(_is_built, node.args[:3])):
            yield f"{path.relative_to(ROOT)}:{node.lineno}"


def _is_built(argument: ast.expr) -> bool:
    """Whether text is put together here: an f-string, or a sum or a filling in of a literal."""
    if isinstance(argument, ast.BinOp):
        return _is_built(argument.left) or _is_text(argument.left) or _is_text(argument.right)
    return isinstance(argument, ast.JoinedStr)


def _is_text(part: ast.expr) -> bool:
    return isinstance(part, ast.JoinedStr) or (isinstance(part, ast.Constant) and isinstance(part.value, str))


def _name(function: ast.expr) -> str:
    return function.attr if isinstance(function, ast.Attribute) else function.id if isinstance(function, ast.Name) else ""


def test_messages_are_found_wherever_they_stand(tmp_path: Path) -> None:
    (tmp_path / "api" / "templates" / "parts").mkdir(parents=True)
    (tmp_path / "api" / "templates" / "parts" / "_row.html").write_text(
        "{{ _('a') }}{{ ngettext('one', 'many', n) }}{{ pgettext('mail', 'b') }}{% trans %}\n  c {{ x }}\n  d\n{% endtrans %}", encoding="utf-8"
    )
    (tmp_path / "api" / "page.py").write_text(
        "N_('e')\ntranslate(language, 'f', x=N_('g'))\ntranslate_n(l, 'h', 'hs', 2)\nwords('i', of=words_in('mail', 'j'))\nNC_('mail', 'k')",
        encoding="utf-8",
    )
    used = {("", one) for one in ("a", "e", "f", "g", "i")} | {("", ("one", "many")), ("", ("h", "hs")), ("mail", "b"), ("mail", "j"), ("mail", "k")}
    assert set(used_messages(tmp_path)) == used | {("", "c %(x)s d")}


def test_a_message_is_said_in_both_languages() -> None:
    assert (translate("en", "As of %(date)s", date="x"), translate("fr", "As of %(date)s", date="x")) == ("As of x", "Au x")
    assert translate_n("fr", "%(count)s day", "%(count)s days", 0) == "0 jour"
    assert translate_n("en", "%(count)s day", "%(count)s days", 0) == "0 days"
    assert translate("fr", "") == translate("en", "") == "", "not the catalogue's header"
    assert translate("fr", "never said anywhere") == translate_in("fr", "a context", "never said anywhere") == "never said anywhere"
    assert type(translations("de")) is NullTranslations
    assert [str(locale(language)) for language in ("en", "fr", "de")] == ["en_CA", "fr_CA", "en_CA"]


def test_a_template_speaks_the_reader_s_language() -> None:
    environment = Environment(extensions=["jinja2.ext.i18n"], autoescape=True)
    environment.install_gettext_translations(translations("fr"), newstyle=True)  # type: ignore[attr-defined]
    said = environment.from_string("{{ _('As of %(date)s', date=day) }} {{ ngettext('%(count)s day', '%(count)s days', 2, count=2) }}")
    assert said.render(day="<b>") == "Au &lt;b&gt; 2 jours"


HEADER = 'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n\n'


def test_catalogues_that_disagree_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a.po").write_text(HEADER + 'msgid "Sent"\nmsgstr "Envoyé"\n\nmsgctxt "mail"\nmsgid "Sent"\nmsgstr "Expédié"\n', encoding="utf-8")
    (tmp_path / "b.po").write_text(HEADER + 'msgid "Sent"\nmsgstr "Envoyé"\n', encoding="utf-8")
    merged = merged_catalogue([tmp_path / "a.po", tmp_path / "b.po"], "fr_CA")
    assert merged.get("Sent").string == "Envoyé"  # type: ignore[union-attr]
    assert merged.get("Sent", "mail").string == "Expédié"  # type: ignore[union-attr]
    (tmp_path / "c.po").write_text(HEADER + 'msgid "Sent"\nmsgstr "Émis"\n', encoding="utf-8")
    with pytest.raises(CatalogueConflict, match=r"c\.po"):
        merged_catalogue([tmp_path / "a.po", tmp_path / "c.po"], "fr_CA")


TERMS = glossary()


@pytest.mark.parametrize("term", [term for term in TERMS if term.stems], ids=lambda term: term.en)
def test_a_term_of_the_glossary_is_said_the_same_everywhere(term: Term) -> None:
    """Where the English message has the term, the French one has one of its words."""
    spoken = re.compile(rf"(?<![\w(-]){re.escape(term.en)}s?(?![\w)-])", re.IGNORECASE)
    wrong = []
    for path, message in french_messages():
        english, french = (part if isinstance(part, tuple) else (part,) for part in (message.id, message.string))
        said = " ".join(french).casefold()
        if spoken.search(re.sub(r"https?://\S+", "", english[0])) and not any(stem.casefold() in said for stem in term.stems):
            wrong.append(f"{path.name}: {english[0]!r} is {french[0]!r}")
    assert not wrong, "\n".join(wrong)


def test_a_rate_is_a_taux_and_no_cours() -> None:
    spoken, wrong = re.compile(r"\b(rate|quotation)s?\b", re.IGNORECASE), re.compile(r"(?<!\ben )(?<!\bau )(?<!\bson )\bcours\b", re.IGNORECASE)
    found = [(path.name, message.string) for path, message in french_messages() if spoken.search(str(message.id)) and wrong.search(str(message.string))]
    assert not found


def test_the_glossary_names_each_term_once_in_both_languages() -> None:
    names = [term.en for term in TERMS]
    assert len(names) == len(set(names)) > 60
    assert all(term.fr and all(term.fr) for term in TERMS)
