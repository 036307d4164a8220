"""Say what is refused of entries, of keys, of documents, and when the books are too busy."""

from reports.i18n import N_

MESSAGES: dict[str, tuple[str, str | None]] = {
    # What was sent.
    "request_invalid": (N_("The request cannot be understood: something is missing or malformed."), N_("Correct what is named and send it again.")),
    "body_type": (N_("The body is “%(given)s”; this takes JSON."), N_("Send JSON, and say so in Content-Type.")),
    "amount_invalid": (
        N_("“%(text)s” is not an amount these books can take."),
        N_("Write digits, with no more decimals than the currency has, up to ten trillion."),
    ),
    "amount_invalid.too_large": (N_("This comes to more than any amount these books can take."), N_("Take less: the limit is ten trillion.")),
    "request_invalid.too_large": (N_("What you sent is larger than this takes at once."), N_("Send less at once; a document has 15 MB at most.")),
    "currency_unknown": (N_("%(currency)s is not a currency of these books."), N_("Choose a currency from the list.")),
    "date_invalid": (N_("“%(text)s” is not a date that can be used here."), N_("Write the date as year-month-day, such as 2026-11-23.")),
    "date_invalid.order": (N_("The first day (%(text)s) is after the last day (%(last)s)."), N_("Choose a first day on or before the last.")),
    "date_invalid.not_begun": (
        N_("The year that begins on %(text)s has not begun; today is %(today)s."), N_("Choose this year, or one before it."),
    ),
    "date_invalid.not_over": (
        N_("The fiscal year that ends on %(text)s is not over; today is %(today)s."), N_("Choose the last fiscal year that is over, or one before it."),
    ),
    "date_invalid.compare": (
        N_("The day to compare with (%(text)s) does not come before the day itself (%(last)s)."), N_("Choose an earlier day to compare with."),
    ),
    "date_invalid.future": (
        N_("%(text)s has not come yet: the books say nothing of a day after today (%(last)s)."), N_("Choose today or an earlier day."),
    ),
    "date_invalid.range": (
        N_("“%(text)s” does not fit here: possible days are from %(first)s to %(last)s."),
        N_("Choose a day among those."),
    ),
    "date_invalid.too_soon": (
        N_("“%(text)s” does not fit here: the first possible day is %(first)s, which has not come yet."),
        N_("Wait until then, or look at the other dates again."),
    ),
    "text_invalid": (
        N_("A text is missing, too long, or holds characters that cannot be kept."),
        N_("Fill it in on one line; the limit is %(limit)s characters."),
    ),
    "choice_invalid": (N_("“%(value)s” is not one of the choices."), N_("Choose one from the list.")),
    "choice_invalid.beyond_head": (
        N_("The journal has not come to %(value)s: its last entry is J-%(head)s."),
        N_("Ask after the last number that you were given. If it was higher, these books were put back from a copy: compare the hashes before you go on."),
    ),
    "choice_invalid.newer": (
        N_("Another version has been made since version %(value)s."), N_("Open it again and make the change on the newest version."),
    ),
    "not_found.link": (N_("This link has ended, or its address is not whole."), N_("Ask whoever sent it to you for a new one.")),
    "not_found": (N_("There is nothing here under “%(id)s”."), N_("Check the number, or search for it.")),
    # The books' own rules.
    "other_union": (
        N_("This is the other union’s to record: no union acts for the other."),
        N_("Ask the other union’s treasurer to record it."),
    ),
    "unbalanced": (
        N_("Debits and credits differ by %(difference)s in fund %(fund)s of book %(book)s."),
        N_("Make them equal in every book, fund and currency."),
    ),
    "too_few_postings": (N_("An entry has two lines or more; this one has %(count)s."), N_("Add the other side.")),
    "too_many_postings": (N_("An entry has at most %(limit)s lines; this one has %(count)s."), N_("Split it into several entries.")),
    "zero_posting": (N_("Line %(line)s has no amount."), N_("Give it an amount, or leave it out.")),
    "amount_not_positive": (N_("The amount must be more than zero."), N_("Write how much, without a minus sign.")),
    "period_closed": (
        N_("%(date)s lies in a period that both treasurers have locked."),
        N_("Post it on %(first_open_date)s, the first open date, and give the day it belongs to as its effective date."),
    ),
    "period_soft_closed": (
        N_("%(date)s lies in a period that takes only corrections, reversals and revaluations now."),
        N_("Post it on %(first_open_date)s, the first open date, and give the day it belongs to as its effective date."),
    ),
    "period_not_over": (N_("%(close)s ends on %(ends_on)s: a month is closed when it is over."), N_("Come back on the day after.")),
    "close_state": (
        N_("%(close)s is in another state now: %(state)s."), N_("Look at its page again; a locked month opens when both unions’ treasurers ask."),
    ),
    "close_state.waits": (
        N_("%(close)s is fixed, and nothing speaks against its report: it waits to be signed."),
        N_("Sign it, or decline it with remarks; a new version is fixed after that."),
    ),
    "close_state.signed": (
        N_("Your union has signed this version of %(close)s already."), N_("Nothing is left for your union to do; the other union’s treasurer signs next."),
    ),
    "close_state.all_signed": (
        N_("Every union’s treasurer has signed %(close)s: nothing is left to sign."),
        N_("If something must change, a treasurer of each union asks to open it again."),
    ),
    "close_state.unfixed": (
        N_("%(close)s has no fixed report that could be signed."), N_("Its page shows what is left to do before the report is fixed."),
    ),
    "close_state.not_shut": (
        N_("%(close)s is open: there is nothing to open again."), N_("Its page shows what is left to do before the report is fixed."),
    ),
    "close_state.newer": (
        N_("%(close)s has another version now than the one that was read."), N_("Read the newest version on its page; it is what a signature is of."),
    ),
    "close_state.declined": (
        N_("A treasurer declined this version of %(close)s, so it is not signed any more."),
        N_("Read the remarks on its page, put right what they say, and fix the next version."),
    ),
    "close_not_ready": (
        N_("%(close)s cannot be fixed yet: some of its steps are not done, or the month before is not fixed."),
        N_("Its page shows each step with what is missing."),
    ),
    "close_not_ready.changed": (
        N_("Something that the report of %(close)s rests on was changed while it was made; it was not kept."), N_("Look at the steps, then fix it again."),
    ),
    "close_not_ready.before_first": (
        N_("%(close)s lies before the first close, %(earlier)s, which shut it too; it gets no report of its own."),
        N_("To change its days, have %(earlier)s opened again by a treasurer of each union."),
    ),
    "first_close": (
        N_("%(close)s is the first close of these books: fixing it shuts every earlier day too, back to %(date)s."),
        N_("Say that you mean it: tick the box that names the day, or send it as back_to."),
    ),
    "month_signed": (
        N_("%(date)s lies in a month that both treasurers have signed (%(close)s); what its report rests on stays as it is."),
        N_("Reopen the month first: on the page of %(close)s, a treasurer of each union asks for it."),
    ),
    "month_signed.fixed": (
        N_("%(date)s lies in a month whose report waits for signatures (%(close)s); what it rests on stays as it is."),
        N_("Reopen the month first: on the page of %(close)s, a treasurer of each union asks for it."),
    ),
    "close_superseded": (
        N_("Entry J-%(entry)s changed figures of %(close)s after its report was fixed."), N_("Fix the report again; the next version has the entry in it."),
    ),
    "schedule_invalid": (N_("These due days do not hold together."), N_("Look at each of them again.")),
    "schedule_invalid.month": (
        N_("What is due for a month that is over does not move any more."), N_("Let the days hold from %(date)s or a later month."),
    ),
    "schedule_invalid.range": (
        N_("A due day lies %(least)s to %(limit)s business days after the month."), N_("Choose each of them within that."),
    ),
    "schedule_invalid.order": (
        N_("Something is due before what it rests on."), N_("Statements come first, then the ledgers, then the report, then the signatures."),
    ),
    "signature_refused": (N_("The password or the code does not agree; nothing was signed."), N_("Type both again.")),
    "second_signature_required": (
        N_("A locked period opens again only when the treasurers of both unions have signed for it."),
        N_("Ask the other union’s treasurer to sign too."),
    ),
    "future_date": (N_("%(date)s is after today."), N_("Date it %(today)s or earlier.")),
    "insufficient_balance": (
        N_("Account %(account)s has %(balance)s in fund %(fund)s, less than the %(amount)s needed."),
        N_("Take less, or wait until more has come in."),
    ),
    "insufficient_available": (
        N_("Fund %(fund)s has %(available)s available, less than the %(amount)s needed."),
        N_("Take less, release a commitment, or lower the fund’s floor."),
    ),
    "already_reversed": (N_("Entry J-%(entry)s was reversed already, by J-%(reversal)s."), N_("Look at the reversal: it undoes the whole entry.")),
    "date_before_entry": (
        N_("Entry J-%(entry)s is dated %(entry_on)s; it cannot be undone as of %(date)s."),
        N_("Choose a date on or after the entry’s own."),
    ),
    "not_reversible": (
        N_("Entry J-%(entry)s cannot be undone by itself: it belongs to a record, or it is a reversal."),
        N_("Undo it where it was made; in place of a reversal, post the entry again."),
    ),
    "origin_not_allowed": (
        N_("Blocked by the ring-fence rule set by the unions: fund %(fund)s takes money of one nation alone (%(nation)s). Origin stated here: %(origin)s."),
        N_("Use a fund that is not ring-fenced, or declare where the money comes from."),
    ),
    "origin_not_allowed.undeclared": (
        N_("Blocked by the ring-fence rule set by the unions: fund %(fund)s takes only money from %(nation)s, and nothing says where this comes from."),
        N_("Say which nation the money comes from, or use a fund that is not ring-fenced."),
    ),
    "origin_not_allowed.lent": (
        N_(
            "Blocked by the ring-fence rule set by the unions: fund %(fund)s takes money of one nation alone (%(nation)s). "
            "What is lent here comes from: %(origin)s."
        ),
        N_("What a union lends is a thing of value too: name a fund that is not ring-fenced, or a resource of that nation."),
    ),
    "origin_not_allowed.campaign": (
        N_(
            "Blocked by the ring-fence rule set by the unions: %(fund)s is political action in one nation (%(nation)s). "
            "What is lent here comes from: %(origin)s."
        ),
        N_("For political action, use a resource of the union of that nation."),
    ),
    "mixed_origin_source": (
        N_(
            "Blocked by the ring-fence rule set by the unions: fund %(fund)s takes money of one nation alone (%(nation)s), "
            "and fund %(source)s is not so limited."
        ),
        N_("Bring in money of that nation by a contribution; nothing comes in from a fund that mixes origins."),
    ),
    "exchange_missing": (
        N_("Money changes currency here, and the rate is missing."),
        N_("Give the bank’s rate, its source and its date."),
    ),
    "exchange_disagrees": (
        N_("At the rate %(rate)s the amount would be %(expected)s, not %(given)s."),
        N_("Correct the amount or the rate, so that they agree to the cent."),
    ),
    # Idempotency and load.
    "idempotency_key_missing": (N_("The Idempotency-Key header is missing."), N_("Make one key for each thing you mean to do, and send it along.")),
    "idempotency_key_invalid": (N_("The idempotency key is not usable."), N_("Use 8 to 100 visible ASCII characters.")),
    "idempotency_key_reused": (
        N_("This key was used for another request; its first answer stands."),
        N_("Open the form again, or make a new key, for a new request."),
    ),
    "idempotency_key_foreign": (N_("This key belongs to somebody else."), N_("Make a key of your own.")),
    "busy": (N_("The books are very busy just now; nothing was recorded."), N_("Send the same thing again in a moment.")),
    "outcome_unknown": (
        N_("The connection to the database broke while this was being recorded, so it is not known whether it was."),
        N_("Send the same thing again with the same key: it is recorded once, whichever happened."),
    ),
    "database_unavailable": (N_("The database does not answer just now; nothing can be read or recorded."), N_("Send the same thing again in a moment.")),
    # Documents.
    "document_too_large": (N_("The file is larger than the limit of 15 MB."), N_("Scan it at a lower resolution, or split it.")),
    "document_type": (
        N_("“%(filename)s” is not a PDF, a picture or a mail, or is not what its name says."),
        N_("Attach a PDF, PNG, JPEG, TIFF or EML file."),
    ),
    "documents_full": (N_("There are %(limit)s documents here already, which is the limit."), N_("Put several pages into one PDF.")),
}
