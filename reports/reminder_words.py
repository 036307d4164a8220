"""Say what reaches a threshold, as a reminder and never as advice (domain.md 5), with what the books know and what they do not."""

from ledger.domain.exchange import Rate
from ledger.domain.reminders import Finding
from ledger.domain.thresholds import Threshold
from ledger.services.threshold_reminders import Part
from reports.document import Amount, Label, Say, Words, words, words_n
from reports.threshold_words import limit_words

# What is counted for each kind, and what these books do not know of it.
COUNTED: dict[str, tuple[Words, ...]] = {
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
        words("Transfers between the unions’ accounts in two countries and payments to payees in another country, each at the published rate of its day."),
    ),
    "transfers_abroad_in_a_day": (
        words("What one sender sent on the same day or on two days one after the other: the books know days, not hours."),
    ),
}  # fmt: skip
BANK_REPORTS = words("Your bank will report this; have the purpose text and documents ready.")
BANK_ADDS_UP = words("Your bank adds these up and will report them; have the purpose text and documents ready.")
SENT_KINDS = {"transfer_abroad": BANK_REPORTS, "transfers_abroad_in_a_day": BANK_ADDS_UP}


def name_of(threshold: Threshold) -> Label:
    """The threshold's name in both languages."""
    return Label(threshold.name_en, threshold.name_fr)


def standing(threshold: Threshold) -> Words:
    """What stands beside everything that a threshold made."""
    if threshold.is_shipped:
        return words(
            "This is a reminder based on a limit that came with the product, from %(source)s. It is not advice.", source=threshold.source.rstrip(".")
        )
    return words(
        "This is a reminder based on limits your administrator entered on %(day)s from %(source)s. It is not advice.",
        day=threshold.proposed_at.date(), source=threshold.source.rstrip("."),
    )  # fmt: skip


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


def told_of_transfer(part: Part, number: str) -> list[Words]:
    """What a transfer reaches, alone or with others: the figure, the others by name, what to have ready, and where the limit is from."""
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
    return [*told, SENT_KINDS[part.threshold.applies_to], standing(part.threshold)]


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
    """Whose threshold it is."""
    return part.union.name if part.union else words("whoever sends")
