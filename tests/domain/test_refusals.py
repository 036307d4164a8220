"""What the refusals say of themselves."""

import re

from api.refusal_messages import messages
from ledger.domain.refusals import DateInvalid


def test_a_date_s_refusal_names_every_reason_that_is_said() -> None:
    """Each has a message of its own, and the description lists them all."""
    reasons = {name.removeprefix("date_invalid.") for name in messages() if name.startswith("date_invalid.")}
    described = (DateInvalid.__doc__ or "").partition("reason: ")[2]
    assert reasons and set(re.findall(r"\w+", described)) - {"or"} == reasons
