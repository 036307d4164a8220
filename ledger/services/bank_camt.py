"""Read camt.053, the bank-to-customer statement of ISO 20022, in its versions from .001.02 on.

A declaration of a document type is refused where it begins, and with it every entity, inside or outside the file; depth and size are limited.
Only booked entries count.
"""

import re
from collections.abc import Iterator
from datetime import date
from xml.parsers import expat

from ledger.domain.bank_files import StatementFile, StatementLine
from ledger.services.bank_reading import (
    DEPTH_MAXIMUM,
    NODES_MAXIMUM,
    RUN_MAXIMUM,
    Node,
    Reason,
    check_count,
    child,
    currency_of,
    day_of,
    decoded,
    each,
    invalid,
    joined,
    minor_of,
    named,
    needed,
    said,
    text_at,
)

# Reports within the day and notices of single movements: their lines come again in the statement.
_NOT_STATEMENTS = ("BkToCstmrAcctRpt", "BkToCstmrDbtCdtNtfctn")
_DECLARED = re.compile(rb"encoding\s*=\s*[\"']([A-Za-z0-9._-]+)")
_UTF_16 = (b"\xff\xfe", b"\xfe\xff", b"<\x00", b"\x00<")
# Expat's codes: no element found, unclosed token; partial character, unknown and wrong encoding.
_WHY: dict[int, Reason] = {3: "truncated", 5: "truncated", 6: "encoding", 18: "encoding", 19: "encoding"}
_NOT_GIVEN = frozenset({"NOTPROVIDED", "NOT PROVIDED", "NONREF"})


def read_camt(content: bytes) -> list[StatementFile]:
    """Every statement in the file, its pages put together."""
    root = _tree(content)
    document = root if root.tag == "Document" else next(each(root, "Document"), root)
    if any(child(document, tag) for tag in _NOT_STATEMENTS):
        raise invalid("intraday", document.line)
    found = [_statement(node) for node in each(document, "BkToCstmrStmt/Stmt")]
    if not found:
        raise invalid("no_statement", root.line)
    return joined(found)


# --- the tree ---------------------------------------------------------------------------------------------------------


class _Wrong(Exception):
    """The parser must go no further; the first argument is the refusal's reason."""


def _tree(content: bytes) -> Node:
    above = Node("", 1)
    parser = expat.ParserCreate(namespace_separator="}")
    parser.buffer_text = parser.ordered_attributes = True
    stack, count, names = [above], 0, dict[str, str]()

    def begun(tag: str, attributes: list[str]) -> None:
        nonlocal count
        count += 1
        if count > NODES_MAXIMUM or len(stack) > DEPTH_MAXIMUM:
            raise _Wrong("too_deep" if len(stack) > DEPTH_MAXIMUM else "too_many_lines")
        currency = attributes[attributes.index("Ccy") + 1] if "Ccy" in attributes[::2] else ""
        made = Node(names.get(tag) or names.setdefault(tag, tag.rpartition("}")[2]), parser.CurrentLineNumber, "", currency)
        stack[-1].children.append(made)
        stack.append(made)

    def ended(tag: str) -> None:
        done = stack.pop()
        done.text = done.text.strip()

    def written(text: str) -> None:
        if len(stack[-1].text) < RUN_MAXIMUM:
            stack[-1].text += text

    parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = begun, ended, written
    _fed(parser, content)
    return above.children[0]


def _fed(parser: expat.XMLParserType, content: bytes) -> None:
    def declared_type(*facts: object) -> None:
        raise _Wrong("entities")

    parser.StartDoctypeDeclHandler = declared_type
    declared = _DECLARED.search(content[:200])
    if not content.startswith(_UTF_16) and (declared is None or declared[1].lower() == b"utf-8"):
        # Expat would only say that something is wrong there.
        decoded(content, "utf-8")
    try:
        parser.Parse(content, True)
    except _Wrong as wrong:
        raise invalid(wrong.args[0], parser.CurrentLineNumber) from None
    except expat.ExpatError as error:
        raise invalid(_WHY.get(error.code, "broken"), error.lineno) from None
    except (ValueError, LookupError):
        raise invalid("encoding", parser.CurrentLineNumber) from None


# --- statements -------------------------------------------------------------------------------------------------------


def _statement(node: Node) -> StatementFile:
    account = child(node, "Acct") or node
    currency = _currency(node, account)
    balances = {text_at(balance, "Tp/CdOrPrtry/Cd"): balance for balance in reversed(list(each(node, "Bal")))}
    opening, closing = balances.get("OPBD") or balances.get("PRCD"), balances.get("CLBD")
    last = _day(child(node, "FrToDt/ToDtTm")) or _day(child(node, "FrToDt/ToDt")) or _balance_day(closing)
    lines = list(_numbered(node, currency, last))
    check_count(lines)
    return StatementFile(
        format="camt053", account=named(needed(account, "Id/IBAN", "Id/Othr/Id").text), bank=named(_bank(account)), currency=currency,
        number=named(text_at(node, "ElctrncSeqNb", "LglSeqNb", "Id")), starts_on=_first_day(node, opening), ends_on=last,
        opening_minor=_signed(opening, currency) if opening else None, closing_minor=_signed(closing, currency) if closing else None, lines=lines,
    )  # fmt: skip


def _currency(node: Node, account: Node) -> str:
    wanted = child(account, "Ccy") or next(each(node, "Bal/Amt"), None) or next(each(node, "Ntry/Amt"), None)
    if wanted is None:
        raise invalid("field_missing", node.line, "Ccy")
    return currency_of(wanted.currency or wanted.text, wanted.line)


def _bank(account: Node) -> str:
    servicer = child(account, "Svcr/FinInstnId")
    return text_at(servicer, "BICFI", "BIC", "ClrSysMmbId/MmbId", "Nm", "Othr/Id")


def _first_day(node: Node, opening: Node | None) -> date | None:
    """The first day the statement says it covers; a previous closing is of the day before, so it says nothing of that."""
    stated = _day(child(node, "FrToDt/FrDtTm")) or _day(child(node, "FrToDt/FrDt"))
    return stated or (_balance_day(opening) if text_at(opening, "Tp/CdOrPrtry/Cd") == "OPBD" else None)


def _balance_day(balance: Node | None) -> date | None:
    return _day(child(balance, "Dt/Dt")) or _day(child(balance, "Dt/DtTm"))


def _day(node: Node | None) -> date | None:
    return day_of(node.text, node.line) if node and node.text else None


def _signed(node: Node, currency: str) -> int:
    """An amount with its sign: what is credited to the account is money in."""
    amount, mark = needed(node, "Amt"), needed(node, "CdtDbtInd")
    if (amount.currency or currency) != currency:
        raise invalid("line_currency", amount.line, amount.currency)
    if mark.text not in ("CRDT", "DBIT"):
        raise invalid("bad_sign", mark.line, mark.text)
    minor = minor_of(amount.text, currency, amount.line)
    return minor if mark.text == "CRDT" else -minor


# --- lines ------------------------------------------------------------------------------------------------------------


def _numbered(node: Node, currency: str, last: date | None) -> Iterator[StatementLine]:
    ordinal = 0
    for entry in each(node, "Ntry"):
        if needed(entry, "Sts/Cd", "Sts").text != "BOOK":
            continue
        for amount_minor, details in _parts(entry, currency):
            ordinal += 1
            yield _line(entry, details, ordinal, amount_minor, last)


def _parts(entry: Node, currency: str) -> list[tuple[int, Node | None]]:
    """An entry as one line, or a batch as a line a transaction where their amounts are all given and make the entry's."""
    whole, details = _signed(entry, currency), list(each(entry, "NtryDtls/TxDtls"))
    if len(details) < 2:
        return [(whole, details[0] if details else None)]
    amounts = [_part_minor(part, entry, currency) for part in details]
    known = [amount for amount in amounts if amount is not None]
    if len(known) == len(amounts) and sum(known) == whole:
        return list(zip(known, details, strict=True))
    return [(whole, None)]


def _part_minor(part: Node, entry: Node, currency: str) -> int | None:
    amount = child(part, "Amt") or child(part, "AmtDtls/TxAmt/Amt") or child(part, "AmtDtls/InstdAmt/Amt")
    if amount is None or (amount.currency or currency) != currency:
        return None
    minor = minor_of(amount.text, currency, amount.line)
    # The entry's mark holds for its transactions where they have none of their own.
    return minor if (text_at(part, "CdtDbtInd") or text_at(entry, "CdtDbtInd")) == "CRDT" else -minor


def _line(entry: Node, details: Node | None, ordinal: int, amount_minor: int, last: date | None) -> StatementLine:
    valued = _day(child(entry, "ValDt/Dt")) or _day(child(entry, "ValDt/DtTm"))
    booked = _day(child(entry, "BookgDt/Dt")) or _day(child(entry, "BookgDt/DtTm")) or valued or last
    if booked is None:
        raise invalid("field_missing", entry.line, "BookgDt")
    references = child(details, "Refs")
    return StatementLine(
        ordinal=ordinal, day=booked, value_date=valued, amount_minor=amount_minor,
        bank_id=_given(text_at(references, "AcctSvcrRef") or text_at(entry, "AcctSvcrRef", "NtryRef")),
        reference=_given(text_at(references, "EndToEndId")) or _given(text_at(references, "InstrId", "PmtInfId")),
        cheque=named(text_at(references, "ChqNb")), counterparty=_counterparty(details, amount_minor), text=_text(entry, details), code=named(_code(entry)),
    )  # fmt: skip


def _given(reference: str) -> str:
    return "" if reference.upper() in _NOT_GIVEN else named(reference)


def _counterparty(details: Node | None, amount_minor: int) -> str:
    """Who paid what came in, or was paid what went out."""
    who = "Dbtr" if amount_minor > 0 else "Cdtr"
    paths = (f"{who}/Nm", f"{who}/Pty/Nm", f"Ultmt{who}/Nm", f"Ultmt{who}/Pty/Nm")
    return named(text_at(child(details, "RltdPties"), *paths))


def _text(entry: Node, details: Node | None) -> str:
    free = " ".join(part.text for part in each(details, "RmtInf/Ustrd"))
    structured = " ".join(part.text for part in each(details, "RmtInf/Strd/CdtrRefInf/Ref"))
    return said(free or structured or text_at(details, "AddtlTxInf") or text_at(entry, "AddtlNtryInf"))


def _code(entry: Node) -> str:
    domain = child(entry, "BkTxCd/Domn")
    parts = (text_at(domain, "Cd"), text_at(domain, "Fmly/Cd"), text_at(domain, "Fmly/SubFmlyCd"))
    return "/".join(filter(None, parts)) or text_at(entry, "BkTxCd/Prtry/Cd")
