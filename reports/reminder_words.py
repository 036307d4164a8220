"""Say what reaches a threshold, as a reminder and never as advice (domain.md 5), with what the books know and what they do not."""

from ledger.domain.exchange import Rate
from ledger.domain.reminders import Finding, banks
from ledger.domain.thresholds import Threshold
from ledger.services.threshold_reminders import Gap, Part
from reports import formats
from reports.document import Amount, Label, Say, Words, words, words_n
from reports.i18n import N_
from reports.threshold_words import assumed, limit_words, nation_words, source_inside, version_words, without_amount

_WHICH_BANK = words(
    "What leaves the country is the sender’s bank’s to report, what comes into it the receiver’s. A bank is in the country of "
    "the union that keeps the account, or where the payee’s bank details say."
)
_READ_BY_PEOPLE = words("Which payees are persons, firms or incorporated, and what each payment was for in the form’s sense, the books do not know.")
# What is counted for each kind, and what these books do not know of it.
COUNTED: dict[str, tuple[Words, ...]] = {
    "paid_to_payee_at_home": (
        words("Payments of approved requests to payees in the payer’s own country, out of the joint accounts that the union keeps, by calendar year."),
        _READ_BY_PEOPLE,
        words("Whether a payee’s Form W-9 is on file, the books do not know. Members’ strike support is not in it: see the tax review list."),
    ),
    "paid_to_payee": (
        words("Payments of approved requests out of the joint accounts that the union keeps, and what its own book gave to other unions."),
        words("All of a payee’s payments are added up, whatever they were for; the form asks by schedule. Strike support to members is not in it."),
    ),
    "receivable_past_due": (
        words("What another union has owed by the union’s own book since before that many days, and what it promised to the joint funds and is late with."),
        words("Debts in the union’s other books are not known here."),
    ),
    "receipts": (
        words("Income in the union’s own book here, without exchange results. The union’s receipts outside these books are not known."),
        words("Which form it is, is your adviser’s to say: your union’s own receipts are most of it."),
    ),
    "spent_abroad": (
        words("Payments to payees in other countries out of the joint accounts that the union keeps, and what its own book gave to unions there."),
        words("What moves between the unions’ joint accounts stays in the joint funds and is not in it, nor is what is lent in kind."),
    ),
    "granted_to_organization_abroad": (
        words("Payments to each payee in another country, and what the union’s own book gave to each union there."),
        words("Whether a payee is an organization or a person, and whether a payment is a grant, the books do not know."),
    ),
    "granted_to_people_abroad": (
        words("Payments to all payees in other countries: at most this much went to people, as the books do not know which payees are."),
    ),
    "accounts_abroad": (
        words("Joint bank accounts that unions of other countries keep: of each the highest balance at the end of a day, all added up."),
        words("Converted at the last published rate of the year, or until it ends at the last one so far; the form names another source for that rate."),
        words("Who may sign at the bank, and in which country an account lies, the books do not know: they take the country of the union that keeps it."),
        words("A union’s accounts outside the joint funds are not in it."),
    ),
    "transfer_abroad": (
        words("Transfers between the unions’ accounts in two countries and payments to payees’ banks abroad, each at the day’s published rate."),
        _WHICH_BANK,
    ),
    "transfers_abroad_in_a_day": (
        words("What one bank adds up: what one customer sends abroad, or gets from abroad, on the same day or on two days one after the other. "
              "The books know days, not hours."),
        _WHICH_BANK,
    ),
}  # fmt: skip
# The bank of who reads it, and of anybody else.
SENT_KINDS: dict[str, tuple[str, str]] = {
    "transfer_abroad": (
        N_("Your bank will report this; have the purpose text and documents ready."),
        N_("The bank of %(name)s will report this; have the purpose text and documents ready."),
    ),
    "transfers_abroad_in_a_day": (
        N_("Your bank adds these up and will report them; have the purpose text and documents ready."),
        N_("The bank of %(name)s adds these up and will report them; have the purpose text and documents ready."),
    ),
}  # fmt: skip


def name_of(threshold: Threshold) -> Label:
    """The threshold's name in both languages."""
    return Label(threshold.name_en, threshold.name_fr)


def standing(threshold: Threshold) -> Words:
    """What stands beside everything that a threshold made."""
    if threshold.is_shipped:
        return words(
            "This is a reminder based on a limit that came with the product, from %(source)s. It is not advice.", source=source_inside(threshold)
        )
    return words(
        "This is a reminder based on limits your administrator entered on %(day)s from %(source)s. It is not advice.",
        day=formats.day_of(threshold.proposed_at), source=source_inside(threshold),
    )  # fmt: skip


def held_to(threshold: Threshold) -> tuple[Words, ...]:
    """Which version it is, whether its first day is an assumption, and what stands beside everything that it made."""
    said = (words("By %(version)s.", version=version_words(threshold)), assumed(threshold), standing(threshold))
    return tuple(each for each in said if each is not None)


def told_of_gap(gap: Gap) -> Words:
    """That nothing is said of a threshold, and who can enter what it is now."""
    return words(
        "%(lack)s Nothing is said of it for the year that ends on %(last)s. A treasurer enters the amount under Thresholds, with its source and the "
        "first day it holds from; a second one confirms it.", lack=without_amount(gap.ended, gap.since), last=gap.last,
    )  # fmt: skip


def bank_words(part: Part, own: str = "") -> list[Words]:
    """What the banks do with what reaches the threshold: one's own bank, or that of a customer by name."""
    yours, theirs = SENT_KINDS[part.threshold.applies_to]
    return [words(yours) if code == own else words(theirs, name=name) for code, name in banks(part.reached).items()]


def about(finding: Finding) -> Label:
    """What a finding is about, where it is about one thing."""
    return Label(finding.name_en, finding.name_fr)


def said(part: Part, finding: Finding) -> Words:
    """Whether a figure reaches the threshold, in one sentence."""
    threshold = part.threshold
    amount, name, limit = Amount(finding.amount_minor, threshold.money[1]), name_of(threshold), limit_words(threshold)
    if not finding.reached:
        return words("%(amount)s does not reach the threshold you set for %(name)s (%(limit)s).", amount=amount, name=name, limit=limit)
    if not finding.name_en:
        return words("%(amount)s reaches the threshold you set for %(name)s (%(limit)s); ask your adviser.", amount=amount, name=name, limit=limit)
    if threshold.applies_to in SENT_KINDS:
        return words(
            "%(what)s, %(amount)s: reaches the threshold you set for %(name)s (%(limit)s).", what=about(finding), amount=amount, name=name,
            limit=limit,
        )  # fmt: skip
    return words(
        "%(what)s, %(amount)s: reaches the threshold you set for %(name)s (%(limit)s); ask your adviser.", what=about(finding), amount=amount,
        name=name, limit=limit,
    )  # fmt: skip


def said_of_all(part: Part) -> Words:
    """How many figures reach the threshold, in one sentence; each stands in the table below."""
    threshold = part.threshold
    return words_n(
        "%(count)s reaches the threshold you set for %(name)s (%(limit)s).", "%(count)s reach the threshold you set for %(name)s (%(limit)s).",
        len(part.reached), name=name_of(threshold), limit=limit_words(threshold),
    )  # fmt: skip


def told_of_transfer(part: Part, number: str, own: str = "") -> list[Words]:
    """What a transfer reaches, alone or with others: the figure, the others by name, whose bank reports it, and where the limit is from.

    ``own`` is the code of the reader's union.
    """
    told: list[Words] = []
    for finding in part.findings:
        amount, name, limit = Amount(finding.amount_minor, part.threshold.money[1]), name_of(part.threshold), limit_words(part.threshold)
        others = ", ".join(item.name_en for item in finding.items if item.name_en != number)
        if others:
            told.append(
                words(
                    "Together with %(others)s, sent within a day, %(amount)s reaches the threshold you set for %(name)s (%(limit)s).",
                    others=others, amount=amount, name=name, limit=limit,
                )
            )  # fmt: skip
        else:
            told.append(words("%(amount)s reaches the threshold you set for %(name)s (%(limit)s).", amount=amount, name=name, limit=limit))
    return [*told, *bank_words(part, own), standing(part.threshold)]


def told_of_requests(threshold: Threshold, late: int) -> list[Words]:
    """How many members' requests are open for longer than the threshold, and where that is from; nothing where none is."""
    if not late:
        return []
    said = words_n(
        "%(count)s request has been open for %(limit)s and reaches the threshold you set for %(name)s; ask your adviser.",
        "%(count)s requests have been open for %(limit)s and reach the threshold you set for %(name)s; ask your adviser.",
        late, name=name_of(threshold), limit=limit_words(threshold),
    )  # fmt: skip
    return [said, standing(threshold)]


def rate_words(rate: Rate | None) -> Words | None:
    """By which rate an amount was converted; None where it was not."""
    if rate is None:
        return None
    return words(
        "%(base)s 1 = %(quote)s %(rate)s; %(source)s, %(date)s, version %(version)s", base=rate.base, quote=rate.quote, rate=rate.value,
        source=words(rate.source), date=rate.observed_on, version=rate.version,
    )  # fmt: skip


def union_of(part: Part) -> Say:
    """Whose threshold it is: a union's, or that of banks in a country."""
    if part.union:
        return part.union.name
    return nation_words(part.threshold) if part.threshold.nation else words("any bank")
