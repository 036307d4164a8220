"""Call every operation of the JSON API once, in the order a first year would, and keep each call as the example its documentation shows.

``SOLIDARITY_WRITE_EXAMPLES=1 ./solidarity test tests/api/test_every_operation.py`` writes ``api/examples.json`` anew. What differs from run
to run (ids, hashes, secrets, the database's clock) is replaced by something that looks like it.
"""

import base64
import json
import os
import re
from collections.abc import Iterator
from contextlib import AsyncExitStack
from datetime import date
from typing import Any
from urllib.parse import urlencode

import httpx
import jsonschema_rs
import msgspec
import pyotp
from litestar import Litestar

from api import openapi
from api.routes.reports import ReportOut
from ledger.domain.account_rules import NewLocal
from ledger.domain.actors import Actor
from ledger.domain.approvals import BoardRule
from ledger.domain.notices import Notice
from ledger.services import accounts, notices, periods, roster_files, sign_in, strikes
from ledger.services.pool import Pool
from ledger.services.roster_files import SheetFile
from ledger.services.strike_templates import shipped_rule_sets
from ledger.storage import approvals, people, strike_rules
from tests.conftest import add_person, client_for
from tests.services import strikes_stage
from tests.services.between_unions_stage import own_bank
from tests.services.lending_stage import sharing
from tests.services.requests_stage import Stage, set_stage

PASSWORD = "correct horse ledger"
UE_BANK, UNIFOR_BANK = "joint/Assets:Bank:UE-trust-USD", "joint/Assets:Bank:Unifor-trust-CAD"
UE_ACCOUNT, UNIFOR_ACCOUNT = {"account": UE_BANK, "currency": "USD"}, {"account": UNIFOR_BANK, "currency": "CAD"}
PDF = ("wire-advice.pdf", b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n", "application/pdf")
VALET = {
    "seriesDetail": {"FXUSDCAD": {"label": "USD/CAD", "description": "US dollar to Canadian dollar daily exchange rate"}},
    "observations": [{"d": "2026-01-29", "FXUSDCAD": {"v": "1.3580"}}, {"d": "2026-01-30", "FXUSDCAD": {"v": "1.3612"}},
                     {"d": "2026-02-03", "FXUSDCAD": {"v": "1.3629"}}, {"d": "2026-11-20", "FXUSDCAD": {"v": "1.4021"}}],
}  # fmt: skip


def usd(amount: str) -> dict[str, str]:
    return {"amount": amount, "currency": "USD"}


def cad(amount: str) -> dict[str, str]:
    return {"amount": amount, "currency": "CAD"}


def entry(fund: str, amount: str, memo: str = "") -> dict[str, Any]:
    """Books bought for a course, paid by UE's trust account."""
    lines = [{"account": "joint/Expense:Education", "fund": fund, "amount": usd(amount), "memo": memo},
             {"account": UE_BANK, "fund": fund, "amount": usd(f"-{amount}")}]  # fmt: skip
    return {"entry_date": "2026-03-02", "description": "Printing for the spring course", "reference": "INV 2291", "tags": ["course"], "postings": lines}


OPENING = {
    "entry_date": "2026-01-02", "kind": "opening", "description": "Opening balances of the strike fund",
    "postings": [{"account": UE_BANK, "fund": "STRIKE", "amount": usd("60000.00")},
                 {"account": "joint/Equity:Net-assets", "fund": "STRIKE", "amount": usd("-60000.00")}],
}  # fmt: skip
GIFT = {
    "union": "unifor", "fund": "GEN", "account": UNIFOR_BANK, "amount": cad("25000.00"), "received_on": "2026-01-15", "instrument": "eft",
    "reference": "DEP 7",
}  # fmt: skip
DUES = GIFT | {"union": "ue", "fund": "EDU", "account": UE_BANK, "amount": usd("8000.00"), "reference": "ACH 1180"}
WEBHOOK = {"name": "Our general ledger", "url": "https://hooks.example.org/ledger", "events": ["entry.posted", "transfer.received"]}
PLEDGE = {
    "union": "unifor", "fund": "STRIKE", "amount": cad("100000.00"), "approved_on": "2026-01-12", "resolution": "NEB-2026-01",
    "spread": {"count": 4, "first_due_on": "2026-03-31", "every": "quarter"},
}  # fmt: skip
CONDITIONAL = PLEDGE | {"resolution": "NEB-2026-02", "amount": cad("20000.00"), "condition": "Once the convention has approved it"}
SENDING = {
    "fund": "STRIKE", "from_account": UE_ACCOUNT, "to_account": UNIFOR_ACCOUNT, "amount": usd("15000.00"), "fee": usd("25.00"),
    "sent_on": "2026-01-30", "purpose": "For Local 504", "bank_reference": "FT26030114",
}  # fmt: skip
RECEIPT = {"received_on": "2026-02-03", "rate": "1.3601", "fee": cad("17.50"), "net": cad("20384.00")}
RETURN = {"returned_on": "2026-02-09", "fee": usd("10.00"), "reason": "The account number was wrong"}
MOVE = {
    "account": UNIFOR_BANK, "amount": cad("4000.00"), "from_fund": "GEN", "to_fund": "ORG", "entry_date": "2026-02-16",
    "description": "The executive board moves part of the year's gift to organizing", "reference": "NEB-2026-03",
}  # fmt: skip
UNDO = {"date": "2026-02-20", "reason": "Recorded twice by mistake"}
TAKE_BACK = {"reason": "The cheque bounced", "entry_date": "2026-02-20"}
FUND = {"code": "HALL", "name_en": "Hall renewal", "name_fr": "Rénovation de la salle", "purpose": "general", "floors": [usd("500.00")]}
ACCOUNT = {"account": "joint/Expense:Travel", "currency": "USD", "name_en": "Travel", "name_fr": "Déplacements"}
LOCAL = {"union": "ue", "number": "506", "name": "Local 506", "city": "Erie"}
STRIKE = {
    "union": "ue", "kind": "strike", "name": "Rail shops walkout", "locals": ["610"], "notice_on": "2026-10-26", "starts_on": "2026-11-02", "expected": 300,
    "rule_set": "ue", "fund": "STRIKE", "employer": "Meridian Rail Works", "mandate": "91 % in favour", "mandate_on": "2026-10-23",
}  # fmt: skip
RATE = {"observed_on": "2026-02-10", "rate": "1.3655", "source": "fed", "remark": "Noon rate, read by telephone"}
PERSON = {
    "name": "Tess Treasurer", "email": "tess@example.org", "union": "ue", "role": "deputy", "starts_on": "2026-11-23", "ends_on": "2028-12-31",
}  # fmt: skip
APPROVAL_RULES = {
    "valid_from": "2027-01-01", "currency": "CAD", "remark": "Agreed at the joint council of October 2026",
    "rules": [{"kind": "general", "over": cad("0.00"), "officers": 1}, {"kind": "general", "over": cad("10000.00"), "secretary_treasurers": True},
              {"kind": "general", "over": cad("2500.00"), "fund": "EDU", "officers": 2},
              {"kind": "political", "over": cad("0.00"), "officers": 1, "boards": "both"}, {"kind": "strike_support", "over": cad("0.00"), "officers": 1},
              {"kind": "study_group", "over": cad("0.00"), "officers": 1, "boards": "any"}],
    "boards": [{"union": "ue", "seats": 12, "quorum": 7}, {"union": "unifor", "seats": 25, "quorum": 13}],
}  # fmt: skip
STRIKE_RULES = {
    "valid_from": "2027-01-01", "remark": "Voted in October 2026",
    "rules": {
        "code": "unifor", "name_en": "Unifor strike pay", "name_fr": "Prestations de grève d’Unifor", "model": "per_member_run", "currency": "CAD",
        "tiers": [{"from_week": 1, "weekly": cad("325.00")}, {"from_week": 9, "weekly": cad("350.00")}],
        "duty": {"minutes_day": 240, "per_day": True}, "dependant_day": cad("10.00"), "run_off_days": 28,
        "authority": "National Executive Board, resolution NEB-2026-09",
    },
}  # fmt: skip
SIGNED = [{"union": "ue", "signed_by": "Ida Marlow", "office": "General President", "signed_on": "2026-01-09"},
          {"union": "unifor", "signed_by": "Noémie Caron", "office": "National President", "signed_on": "2026-01-12"}]  # fmt: skip
AGREEMENT = {
    "kind": "equalisation", "title": "Equalisation of joint costs", "fixes": "Joint costs of a quarter are shared by average membership.",
    "valid_from": "2026-01-01", "signatures": SIGNED,
    "terms": {"share_basis": "membership_average", "currency": "CAD", "debt_currency": "CAD", "rate_source": "boc", "rate_rule": "period_average",
              "settlement_rule": "settlement_day", "fee_borne_by": "sender", "tolerance": cad("5.00")},
}  # fmt: skip
JOINT_COST = {"paid_on": "2026-02-03", "amount": usd("1200.00"), "what": "Rooms for the joint education week", "reference": "INV 88"}
EQUALISATION = {
    "agreement": "AG-0002", "starts_on": "2026-02-01", "ends_on": "2026-02-05", "fund": "GEN", "description": "Equalisation of the education week",
}  # fmt: skip
EQUALISATION_PAID = {
    "account": {"account": "ue/Assets:Bank:UE-trust-USD", "currency": "USD"}, "fund": "GEN", "paid_on": "2026-11-20",
    "description": "Settlement of the education week", "reference": "FT26112007",
}  # fmt: skip
LEDGER = b"Date,Account,Reference,Memo,Amount,Balance\n2026-01-20,1510 Due from Unifor CAD,TR-118,Translation,150.00,150.00\n"
OTHER_LEDGER = b"Date,Compte,Libell\xc3\xa9,D\xc3\xa9bit,Cr\xc3\xa9dit,Solde\n2026-01-29,2410 D\xc3\xbb \xc3\xa0 UE CAD,Report,,5.00,-5.00\n"
HOLIDAY = {"country": "US", "day": "2027-01-25", "name_en": "Storm", "name_fr": "Tempête", "source": "Federal Reserve, notice of January 22, 2027"}
EXTRACT = {
    "filename": "january.csv", "content": base64.b64encode(LEDGER).decode(), "until": "2026-01-31", "save_as": "Sage 50",
    "accounts": [{"code": "1510 Due from Unifor CAD", "currency": "CAD", "means": "due_from"}],
}  # fmt: skip
OTHER_EXTRACT = {
    "filename": "janvier.csv", "content": base64.b64encode(OTHER_LEDGER).decode(), "until": "2026-01-31",
    "accounts": [{"code": "2410 Dû à UE CAD", "currency": "CAD", "means": "due_to"}],
}  # fmt: skip
BANK_FILE = b"""Date,Description,Reference,Amount
2026-01-15,DEPOSIT,DEP 7,25000.00
2026-01-20,DEBIT MEMO 4711,,-99.00
2026-01-30,MONTHLY SERVICE FEE,,-18.00
2026-01-30,CREDIT INTEREST,,37.25
"""
BANK_STATEMENT = {
    "filename": "january.csv", "content": base64.b64encode(BANK_FILE).decode(), "starts_on": "2026-01-01", "ends_on": "2026-01-31", "opening": cad("0.00"),
}  # fmt: skip
BANK_FEBRUARY = {
    "filename": "february.csv", "content": base64.b64encode(b"Date,Description,Amount\n2026-02-27,MONTHLY SERVICE FEE,-18.00\n").decode(),
    "profile": {"columns": {"date": 0, "text": 1, "amount": 2}}, "starts_on": "2026-02-01", "ends_on": "2026-02-28",
}  # fmt: skip
BANK_RULE = {"words": "WIRE FEE", "direction": "out", "action": "fee", "most": "50.00", "facts": {"fund": "GEN"}}
CORRECTION = {"entry": entry("EDU", "420.00"), "reversal_date": "2026-03-03", "reason": "The invoice was for 420.00"}
BULK = [{"key": "payroll-2026-03-a", "entry": entry("EDU", "80.00")}, {"key": "payroll-2026-03-b", "entry": entry("POL-CA", "80.00")}]
CAMPAIGN = {
    "name": "One contract at Meridian", "initiative": "bargaining", "union": "ue", "lead": "$lead", "starts_on": "2026-02-02", "ends_on": "2027-03-31",
    "employer": "Meridian Rail Works", "description": "Compare the agreements of both unions clause by clause.",
    "budget": [{"what": "Pension actuary", "amount": usd("9500.00")}, {"what": "Interpretation", "amount": cad("3200.00")}],
}  # fmt: skip
SAID_ANEW = {name: said for name, said in CAMPAIGN.items() if name not in ("union", "budget")} | {"local": "", "ends_on": None}
PAYEE = {"name": "Imprimerie du Quai", "country": "CA", "remark": "Leaflets and posters"}
DETAILS = {
    "currency": "CAD", "holder": "Imprimerie du Quai inc.", "bank": "Invented Credit Union, Port branch", "institution": "999", "transit": "99901",
    "account": "1000001", "call_back": "Jeanne Quai, accounts, on the number in our 2024 contract, 2026-11-20",
}  # fmt: skip
LINE = {"what": "Leaflets, 12,000", "amount": cad("4000.00"), "payee": "Imprimerie du Quai"}
REQUEST = {
    "campaign": "$campaign", "fund": "GEN", "purpose": "Leaflets for the Hamilton plants", "needed_by": "2026-12-15", "lines": [LINE],
}  # fmt: skip
LARGE = REQUEST | {"purpose": "A tour of the common employer's plants", "lines": [{"what": "Bus and halls", "amount": cad("26000.00")}]}
INVOICE = {
    "line": 1, "account": "$trust", "amount": cad("3900.00"), "invoice": "2026-031", "invoiced_on": "2026-11-20", "paid_on": "2026-11-23",
    "final": True,
}  # fmt: skip
ROSTER_FILE = base64.b64encode(b"reference,name,standing\nA-101,Morgan Example,good\nA-102,Robin Sample,arrears\n").decode()
DUTY_FILE = base64.b64encode(b"reference,2026-11-16,2026-11-17\nA-101,4,4.5\n").decode()
ROSTER = {"filename": "roster.csv", "content": ROSTER_FILE, "language": "en"}
MEMBER = {
    "name": "Morgan Example", "local": "8504", "standing": "good", "payroll": "active", "registered_on": "2026-11-02", "dependants": 1,
    "gross_weekly": cad("1250.50"), "pay_method": "deposit", "pay_reference": "P-7001", "reason": "Moved to direct deposit",
}  # fmt: skip
ADVANCE = {"local": "610", "week": 3, "strikers": 48, "remark": "Counted at the hall on Monday"}
EXPENSES = {
    "local": "610", "week": 3, "signed_by": "R. Okafor, chair; L. Brandt, representative",
    "lines": [{"category": "food", "amount": usd("2350.00"), "what": "Food bank, two deliveries"},
              {"category": "housing", "amount": usd("1800.00"), "what": "Rent of three households"}],
}  # fmt: skip
UNSPENT = {"local": "610", "amount": usd("650.00"), "account": "$ue_trust", "returned_on": "2026-11-23"}
DUES_PAID = MEMBER | {"name": "Robin Sample", "dependants": 0, "pay_method": "cheque", "pay_reference": "", "reason": "Dues are paid up"}
STRIKE_CAD = OPENING | {
    "postings": [{"account": UNIFOR_BANK, "fund": "STRIKE", "amount": cad("20000.00")},
                 {"account": "joint/Equity:Net-assets", "fund": "STRIKE", "amount": cad("-20000.00")}],
}  # fmt: skip
FROM_TRUST = {"account": "$trust", "paid_on": "2026-11-23"}
PAID_BACK = {"account": "$trust", "on": "2026-11-23", "amount": cad("30.00"), "reference": "Deposit slip 88"}
SUPPORT = {"member": 1, "kind": "hardship_grant", "amount": cad("400.00"), "purpose": "Rent of November", "paid_to": "Harbour Housing Co-op"}
LOAN = SUPPORT | {"kind": "hardship_loan", "amount": cad("250.00"), "purpose": "Repair of the car", "paid_to": ""}
CAME_BACK = {"account": "$trust", "repaid_on": "2026-11-23", "amount": cad("100.00")}
SPRING_ROSTER = base64.b64encode(b"""reference,name,registered_on,pay_method
B-201,Alex Muster,2026-04-06,cheque
B-202,Sam Specimen,2026-04-06,cheque
B-203,Jo Placeholder,2026-04-06,cheque
""").decode()
SPRING_DUTY = base64.b64encode(b"reference,2026-04-20,2026-04-21\nB-201,4,4\nB-202,4,4\nB-203,4,0\n").decode()
# A strike of last spring, some of whose cheques nobody cashed.
SPRING: list[tuple[str, str, dict[str, Any], Any]] = [
    ("keeper", "recordStrike", {}, STRIKE | {
        "union": "unifor", "rule_set": "unifor", "locals": ["8504"], "name": "Spring walkout", "notice_on": "2026-03-30", "starts_on": "2026-04-06",
        "mandate_on": "2026-03-27",
    }),
    ("officer", "authoriseStrike", {"number": "$number"}, {"body": "General Executive Board", "resolution": "GEB-2026-11", "decided_on": "2026-04-02"}),
    ("second", "authoriseStrike", {"number": "$number"}, {"body": "National Executive Board", "resolution": "NEB-2026-12", "decided_on": "2026-04-02"}),
    ("keeper", "beginStrike", {"number": "$number"}, {"on": "2026-04-06"}),
    ("keeper", "importRoster", {"number": "$number"}, ROSTER | {"content": SPRING_ROSTER}),
    ("keeper", "importDuty", {"number": "$number"}, ROSTER | {"filename": "duty.csv", "content": SPRING_DUTY}),
    ("keeper", "startRun", {"number": "$number"}, {"week": 3}),
    ("keeper", "computeRun", {"run": "$number"}, None),
    ("keeper", "submitRun", {"run": "$number"}, {"revision": 1}),
    ("second", "approveRun", {"run": "$number"}, {"revision": 1, "approved_on": "2026-04-27"}),
    ("unifor", "payRun", {"run": "$number"}, FROM_TRUST | {"paid_on": "2026-04-28", "first_cheque": 801}),
    ("keeper", "voidPayment", {"run": "$number", "member": 1}, {"on": "2026-05-04", "reason": "Was at work that week"}),
    ("keeper", "unclaimPayments", {"run": "$number"}, {"on": "2026-11-09", "members": [2]}),
    ("keeper", "unclaimStaleCheques", {"run": "$number"}, {"on": "2026-11-23"}),
]  # fmt: skip
# Who calls, the operation, what fills the path and the query, the body.
TERMS = {
    "lender": "unifor", "borrower": "ue", "limit": usd("50000.00"), "starts_on": "2026-02-01", "matures_on": "2026-12-31", "interest_percent": "3",
    "purpose": "Strike support until the assessment comes in", "lender_fund": "GEN", "borrower_fund": "STRIKE",
    "instalments": [{"due_on": "2026-06-30", "amount": usd("25000.00")}],
}  # fmt: skip
LOAN_STEP = {"amount": usd("50000.00"), "entry_date": "2026-02-02", "description": "Drawn in one sum", "reference": "L-0003 1"}
RESOLUTION = {"body": "National Executive Board", "resolution": "NEB-2026-17", "decided_on": "2026-06-20", "amount": usd("40000.00")}
SETTLEMENT = {
    "creditor": "unifor", "debtor": "ue", "amount": usd("115.07"), "entry_date": "2026-03-16", "description": "Interest of February", "fund": "GEN",
    "account": "$ue_cad", "paid": {"amount": cad("157.65"), "rate": "1.37", "source": "Bank of Canada", "on": "2026-03-16"},
    "settles": "M-0004",
}  # fmt: skip
RATE_CARD = {"valid_from": "2026-01-05", "rate": "52.40", "source": "Wages and benefits, payroll 2026"}
LENT = {
    "union": "unifor", "kind": "organizer", "name": "Organizer, Windsor", "place": "Windsor", "unit": "hour", "basis": "actual_cost", "currency": "CAD",
    "offered_from": "2026-01-05", "hours_per_day": "7.5", "conditions": "French and English", "rate": RATE_CARD,
}  # fmt: skip
LENT_ANEW = {name: said for name, said in LENT.items() if name not in ("union", "rate")} | {"offered_to": "2027-06-30", "place": "Windsor and Detroit"}
NEXT_MONTH = {"first_day": "2026-12-07", "last_day": "2026-12-11"}
BOOKING = {
    "resource": "R-0001", "days": NEXT_MONTH, "fund": "GEN", "purpose": "Plant gate visits in Toledo", "activity": "Plant gate visits", "planned": "37.5",
}  # fmt: skip
LATE = BOOKING | {"days": {"first_day": "2026-01-26", "last_day": "2026-01-30", "last_part": "morning"}, "agreement": "$sharing"}
SHEET = {"lines": [{"day": "2026-01-26", "quantity": "7.5"}, {"day": "2026-01-27", "quantity": "8", "note": "Evening shift"}], "remark": "Gate visits"}
CHARGE_BACK = {"agreement": "$sharing", "deliveries": ["DL-0001"], "entry_date": "2026-01-30", "description": "Lent staff, January, 40 %", "fund": "GEN"}

STEPS: list[tuple[str, str, dict[str, Any], Any]] = [
    ("ue", "live", {}, None),
    ("ue", "ready", {}, None),
    ("ue", "listUnions", {}, None),
    ("ue", "listBooks", {}, None),
    ("ue", "listCurrencies", {}, None),
    ("ue", "addLocal", {}, LOCAL),
    ("ue", "listLocals", {}, None),
    ("ue", "closeLocal", {"union": "ue", "number": "506"}, None),
    # One's own account.
    ("ue", "getMe", {}, None),
    ("ue", "setPreferences", {}, {"theme": "dark"}),
    ("ue", "addToken", {}, {"name": "Nightly export", "permissions": ["read_books", "export_books"], "days": 90}),
    ("ue", "listTokens", {}, None),
    ("ue", "revokeToken", {"token_id": "$id"}, None),
    ("ue", "newTotpSecret", {}, None),
    ("ue", "turnOnTotp", {}, {"password": PASSWORD, "secret": "$totp", "code": "$code"}),
    ("ue", "turnOffTotp", {}, {"password": PASSWORD}),
    ("ue", "changePassword", {}, {"password": PASSWORD, "new_password": "another horse ledger"}),
    ("ue", "listSessions", {}, None),
    ("ue", "endOtherSessions", {}, None),
    # Accounts and funds.
    ("ue", "openAccount", {}, ACCOUNT),
    ("ue", "listAccounts", {"book": "joint", "q": "Travel"}, None),
    ("ue", "closeAccount", {"account_id": "$account"}, None),
    ("ue", "proposeFund", {}, FUND),
    ("unifor", "confirmFund", {"code": "HALL"}, None),
    ("ue", "changeFund", {"code": "HALL"}, {"floors": [usd("750.00"), cad("1000.00")]}),
    ("ue", "closeFund", {"code": "HALL"}, None),
    # Rates.
    ("ue", "loadRatesFile", {}, VALET),
    ("ue", "proposeRate", {}, RATE),
    ("unifor", "decideRate", {"name": "USDCAD-2026-02-10-fed-1"}, {"decision": "confirmed"}),
    ("ue", "listRates", {"from": "2026-01-01", "to": "2026-02-28", "limit": 2}, None),
    ("ue", "getRate", {"name": "USDCAD-2026-01-30-boc-1"}, None),
    ("ue", "getRateOnDay", {"date": "2026-02-01"}, None),
    ("ue", "getRatesOverview", {}, None),
    # The journal.
    ("ue", "postEntry", {}, OPENING),
    ("unifor", "previewContribution", {}, GIFT),
    ("unifor", "recordContribution", {}, GIFT),
    ("ue", "recordContribution", {}, DUES),
    ("ue", "previewEntry", {}, entry("EDU", "240.00", "800 leaflets")),
    ("ue", "postEntry", {}, entry("EDU", "240.00", "800 leaflets")),
    ("ue", "previewReversal", {"number": 4}, TAKE_BACK | {"entry_date": "2026-03-03"}),
    ("ue", "previewCorrection", {"number": 4}, CORRECTION),
    ("ue", "correctEntry", {"number": 4}, CORRECTION),
    ("ue", "reverseEntry", {"number": 6}, {"reason": "The printer cancelled the order"}),
    ("ue", "postEntries", {}, {"entries": BULK}),
    ("ue", "getEntry", {"number": 4}, None),
    ("ue", "listEntries", {"from": "2026-01-01", "fund": "EDU", "limit": 1}, None),
    ("ue", "listChanges", {"after": 2, "limit": 2}, None),
    ("ue", "getAccountStatement", {"account_id": "$bank", "from": "2026-01-01", "limit": 2}, None),
    ("unifor", "previewMove", {}, MOVE),
    ("unifor", "moveBetweenFunds", {}, MOVE),
    # Contributions and pledges.
    ("ue", "getContribution", {"number": "C-0001"}, None),
    ("ue", "listContributions", {"union": "unifor"}, None),
    ("ue", "recordContribution", {}, DUES | {"reference": "CHQ 118", "instrument": "cheque", "amount": usd("500.00")}),
    ("ue", "previewContributionReversal", {"number": "C-0003"}, TAKE_BACK),
    ("ue", "reverseContribution", {"number": "C-0003"}, TAKE_BACK),
    ("unifor", "previewPledge", {}, PLEDGE),
    ("unifor", "recordPledge", {}, PLEDGE),
    ("unifor", "recordPledge", {}, CONDITIONAL),
    ("unifor", "meetPledgeCondition", {"number": "P-0002"}, {"met_on": "2026-06-10", "reason": "Approved by the convention"}),
    ("unifor", "previewCancellation", {"number": "P-0002"}, {"reason": "The convention took it back", "entry_date": "2026-06-30"}),
    ("unifor", "cancelPledge", {"number": "P-0002"}, {"reason": "The convention took it back", "entry_date": "2026-06-30"}),
    ("unifor", "reopenPledge", {"number": "P-0002"}, {"reason": "The minutes were read wrongly"}),
    ("ue", "getPledge", {"number": "P-0001"}, None),
    ("ue", "getPledgeSchedule", {"number": "P-0001", "as_of": "2026-07-01"}, None),
    ("ue", "listPledges", {"union": "unifor", "as_of": "2026-07-01"}, None),
    # Transfers: received; disputed and returned; cancelled.
    ("ue", "previewTransfer", {}, SENDING),
    ("ue", "sendTransfer", {}, SENDING),
    ("unifor", "previewReceipt", {"number": "T-0001"}, RECEIPT),
    ("unifor", "confirmReceipt", {"number": "T-0001"}, RECEIPT),
    ("ue", "getTransfer", {"number": "T-0001"}, None),
    ("unifor", "previewReceiptReversal", {"number": "T-0001"}, UNDO),
    ("unifor", "reverseReceipt", {"number": "T-0001"}, UNDO),
    ("unifor", "disputeReceipt", {"number": "T-0001"}, {"remark": "Nothing has reached our account"}),
    ("ue", "remarkTransfer", {"number": "T-0001"}, {"remark": "The bank traces it"}),
    ("ue", "previewReturn", {"number": "T-0001"}, RETURN),
    ("ue", "returnTransfer", {"number": "T-0001"}, RETURN),
    ("ue", "sendTransfer", {}, SENDING | {"sent_on": "2026-02-18", "replaces": "T-0001"}),
    ("ue", "previewTransferCancellation", {"number": "T-0002"}, UNDO),
    ("ue", "cancelTransfer", {"number": "T-0002"}, UNDO),
    ("ue", "sendTransfer", {}, SENDING | {"sent_on": "2026-02-18", "rate": "1.3700", "bought": cad("20550.00")}),
    ("ue", "listTransfers", {"union": "ue", "state": "in_transit"}, None),
    # Exchange results, reports, documents.
    ("unifor", "previewRevaluation", {"book": "joint", "as_of": "2026-03-31"}, None),
    ("unifor", "revalue", {}, {"book": "joint", "as_of": "2026-03-31"}),
    ("unifor", "listRevaluations", {"book": "joint"}, None),
    ("ue", "listReports", {}, None),
    ("ue", "getReport", {"name": "trial-balance", "as_of": "2026-06-30", "fund": "STRIKE", "format": "json"}, None),
    ("ue", "exportJournal", {"format": "hledger"}, None),
    ("ue", "makeAuditPack", {}, {"from": "2026-01-01", "to": "2026-06-30"}),
    ("ue", "getAuditPack", {"id": "$id"}, None),
    ("ue", "getAuditPackFile", {"id": "$id"}, None),
    ("ue", "listAuditPacks", {}, None),
    ("ue", "verifyBooks", {}, None),
    ("ue", "attachDocument", {}, {"subject_kind": "transfer", "subject": "T-0001", "file": PDF}),
    ("ue", "listDocuments", {"subject_kind": "transfer", "subject": "T-0001"}, None),
    ("ue", "getDocument", {"document_id": "$id"}, None),
    ("ue", "getDocumentContent", {"document_id": "$id"}, None),
    ("ue", "listFunds", {}, None),
    ("ue", "listThresholds", {}, None),
    ("ue", "proposeThreshold", {}, {
        "code": "strike-benefits-us", "name_en": "Form 1099-MISC: strike benefits to one member", "amount": usd("2050.00"), "nation": "US",
        "name_fr": "Formulaire 1099-MISC : prestations de grève à un même membre", "valid_from": "2027-01-01", "source": "A letter of the adviser",
    }),
    ("unifor", "decideThreshold", {"code": "strike-benefits-us", "version": 3}, {"decision": "confirmed"}),
    ("ue", "getTaxReview", {"year": 2026, "nation": "US"}, None),
    ("ue", "getReminders", {"year": 2026}, None),
    ("unifor", "recordStatementRequest", {}, {"reference": "M-2026-04", "statement": "Fiscal year 2025", "asked_on": "2026-11-02"}),
    ("unifor", "answerStatementRequest", {"number": "Q-0001"}, {"answered_on": "2026-11-09", "answer": "Sent by post; the copy is in the office"}),
    ("unifor", "listStatementRequests", {}, None),
    ("ue", "changeFormMap", {}, {
        "version": 0, "form": "LM-2 of 2026", "valid_from": "2026-01-01", "source": "A letter of the adviser",
        "lines": [{"book": "joint", "path": "Expense:Organizing", "schedule": "15"}, {"book": "own", "path": "Income:Interest", "item": "40"}],
    }),
    ("ue", "getFormMap", {}, None),
    ("ue", "getRunway", {"fund": "STRIKE", "currency": "USD", "members": 60, "weekly": "300.00", "as_of": "2026-11-23"}, None),
    ("ue", "getFund", {"code": "STRIKE", "from": "2026-01-01", "to": "2026-06-30"}, None),
    # Campaigns.
    ("officer", "openCampaign", {}, CAMPAIGN),
    ("officer", "changeCampaign", {"number": "CAM-0002"}, SAID_ANEW),
    ("officer", "changeCampaignBudget", {"number": "CAM-0002"}, {"lines": [{"what": "Pension actuary", "amount": usd("11000.00")}], "reason": "Two plans"}),
    ("officer", "closeCampaign", {"number": "CAM-0002"}, {"reason": "The agreement is ratified"}),
    ("officer", "reopenCampaign", {"number": "CAM-0002"}, {"reason": "The vote is repeated"}),
    ("unifor", "getCampaign", {"number": "CAM-0002"}, None),
    ("unifor", "listCampaigns", {"employer": "meridian rail works", "state": "open"}, None),
    # Approval rules and interests.
    ("officer", "proposeApprovalRules", {}, APPROVAL_RULES),
    ("second", "rejectApprovalRules", {"number": 2}, {"reason": "Our board wants to keep 5,000"}),
    ("officer", "proposeApprovalRules", {}, APPROVAL_RULES | {"split_days": 60}),
    ("second", "confirmApprovalRules", {"number": 3}, None),
    ("ue", "getApprovalRules", {"number": 2}, None),
    ("ue", "listApprovalRules", {}, None),
    ("ue", "listStrikeRules", {}, None),
    ("ue", "listStrikeRuleTemplates", {}, None),
    ("ue", "getStrikeRules", {"code": "ue"}, None),
    ("second", "proposeStrikeRules", {}, STRIKE_RULES),
    ("unifor", "rejectStrikeRules", {"code": "unifor", "version": 2}, {"reason": "The board voted on 330.00"}),
    ("second", "proposeStrikeRules", {}, STRIKE_RULES),
    ("unifor", "confirmStrikeRules", {"code": "unifor", "version": 3}, None),
    ("ue", "getStrikeRulesVersion", {"code": "unifor", "version": 2}, None),
    ("ue", "askApprovals", {"kind": "general", "fund": "GEN", "amount": "5000.01", "currency": "CAD"}, None),
    ("officer", "declareInterest", {}, {"subject": "Meridian Rail Works", "reason": "My brother works in its accounts office"}),
    ("officer", "listInterests", {}, None),
    ("unifor", "listInterestsAbout", {"subject_kind": "employer", "subject": "1"}, None),
    ("officer", "endInterest", {"interest_id": "$id"}, None),
    # What waits, what is new, search.
    ("unifor", "getHome", {}, None),
    ("unifor", "markSeen", {}, {"number": 12}),
    ("unifor", "search", {"q": "15000"}, None),
    ("ue", "listNotices", {"limit": 2}, None),
    ("ue", "markNoticeSeen", {"notice_id": "$notice"}, None),
    ("ue", "markNoticesSeen", {}, {"until": "$notice"}),
    # Payees and their bank details.
    ("ue", "addPayee", {}, PAYEE),
    ("ue", "changePayee", {"number": "B-0001"}, {"remark": "Leaflets, posters and banners"}),
    ("ue", "proposePayeeAccount", {"number": "B-0001"}, DETAILS),
    ("unifor", "decidePayeeAccount", {"number": "B-0001", "account_id": "$id"}, {"decision": "confirmed"}),
    ("ue", "listPayeeAccounts", {"number": "B-0001"}, None),
    ("ue", "retirePayeeAccount", {"number": "B-0001", "account_id": "$id"}, {"reason": "The payee changed its bank"}),
    ("ue", "proposePayeeAccount", {"number": "B-0001"}, DETAILS | {"account": "1000002"}),
    ("unifor", "decidePayeeAccount", {"number": "B-0001", "account_id": "$id"}, {"decision": "confirmed"}),
    ("ue", "getPayee", {"number": "B-0001"}, None),
    ("ue", "listPayees", {"q": "quai"}, None),
    # Requests: one from draft to spent; one that a board votes about; one that is declined.
    ("lead", "startRequestDraft", {}, {"values": {"purpose": "Leaflets for Ham", "amount_1": "4 000,00"}}),
    ("lead", "saveRequestDraft", {"number": "A-0001"}, {"values": {"purpose": "Leaflets for the Hamilton plants", "amount_1": "4 000,00"}}),
    ("lead", "submitRequest", {"number": "A-0001"}, REQUEST),
    ("officer", "takeUpRequest", {"number": "A-0001"}, None),
    ("officer", "commentRequest", {"number": "A-0001"}, {"text": "Is the quote the printer's last one?"}),
    ("officer", "approveRequest", {"number": "A-0001"}, {"revision": 1}),
    ("second", "suspendRequest", {"number": "A-0001"}, {"reason": "The printer's quote is looked into"}),
    ("second", "resumeRequest", {"number": "A-0001"}, {"reason": "The quote stands"}),
    ("second", "approveRequest", {"number": "A-0001"}, {"revision": 1}),
    ("unifor", "previewRequestPayment", {"number": "A-0001"}, INVOICE),
    ("unifor", "payRequest", {"number": "A-0001"}, INVOICE),
    ("unifor", "reverseRequestPayment", {"number": "A-0001", "ordinal": 1}, {"date": "2026-11-23", "reason": "The bank sent it back"}),
    ("officer", "closeRequest", {"number": "A-0001"}, {"reason": "The campaign is over"}),
    ("lead", "getRequest", {"number": "A-0001"}, None),
    ("lead", "askForMoney", {}, LARGE),
    ("board", "voteOnRequest", {"number": "A-0002"}, {"revision": 1, "vote": "for", "remark": "Both unions face this employer"}),
    ("officer", "attachDocument", {}, {"subject_kind": "request", "subject": "A-0002", "file": PDF}),
    ("officer", "recordResolution", {"number": "A-0002"},
     {"revision": 1, "number": "GEB-2026-14", "decided_on": "2026-11-20", "document": "$id", "outcome": "carried"}),
    ("second", "recuseFromRequest", {"number": "A-0002"}, {"reason": "My brother drives the bus"}),
    ("officer", "returnRequest", {"number": "A-0002"}, {"reason": "Say which plants"}),
    ("lead", "withdrawRequest", {"number": "A-0002"}, {"reason": "We ask again in spring"}),
    ("lead", "askForMoney", {}, LARGE),
    ("board", "voteOnRequest", {"number": "A-0003"}, {"revision": 1, "vote": "for"}),
    ("officer", "closeVote", {"number": "A-0003"}, {"revision": 1}),
    ("officer", "rejectRequest", {"number": "A-0003"}, {"reason": "Too large for this year"}),
    ("lead", "listRequests", {"state": "closed"}, None),
    # A strike's roster and picket duty; the roster of a strike that was called off loses its names.
    ("keeper", "previewRoster", {"number": "S-0001"}, ROSTER),
    ("keeper", "importRoster", {"number": "S-0001"}, ROSTER | {"leave": True}),
    ("keeper", "addRosterMember", {"number": "S-0001"}, MEMBER | {"reference": "A-103", "name": "Kim Late", "late": True, "reason": "Applied late"}),
    ("keeper", "changeRosterMember", {"number": "S-0001", "member": 1}, MEMBER),
    ("keeper", "listRoster", {"number": "S-0001", "standing": "good"}, None),
    ("ue", "getRosterCounts", {"number": "S-0001"}, None),
    ("keeper", "nameCaptain", {"number": "S-0001"}, {"local": "8504", "person_id": "$captain"}),
    ("captain", "recordDuty", {"number": "S-0001"}, {"day": "2026-11-16", "reference": "A-102", "minutes": 240}),
    ("captain", "getDuty", {"number": "S-0001", "day": "2026-11-16"}, None),
    ("keeper", "previewDuty", {"number": "S-0001"}, ROSTER | {"filename": "duty.csv", "content": DUTY_FILE}),
    ("keeper", "importDuty", {"number": "S-0001"}, ROSTER | {"filename": "duty.csv", "content": DUTY_FILE}),
    ("keeper", "getRosterMember", {"number": "S-0001", "member": 1}, None),
    ("keeper", "setRosterRetention", {"number": "S-0002"}, {"until": "2027-06-30"}),
    ("keeper", "pseudonymiseRoster", {"number": "S-0002"}, {"confirm": "S-0002"}),
    # Advances to a local on strike: paid, accounted for, the rest returned; a wrong return is taken back.
    ("benefits", "proposeAdvance", {"number": "$walkout"}, ADVANCE),
    ("officer", "holdAdvance", {"advance": "SA-0001"}, {"reason": "The count is looked at once more"}),
    ("officer", "letAdvanceGo", {"advance": "SA-0001"}, None),
    ("officer", "approveAdvance", {"advance": "SA-0001"}, None),
    ("ue", "previewAdvancePayment", {"advance": "SA-0001"}, {"account": "$ue_trust", "paid_on": "2026-11-23"}),
    ("ue", "payAdvance", {"advance": "SA-0001"}, {"account": "$ue_trust", "paid_on": "2026-11-23"}),
    ("benefits", "proposeAdvance", {"number": "$walkout"}, ADVANCE | {"week": 4}),
    ("unifor", "getAdvance", {"advance": "SA-0002"}, None),
    ("benefits", "cancelAdvance", {"advance": "SA-0002"}, {"reason": "The strike is settled"}),
    ("benefits", "fileExpenseReport", {"number": "$walkout"}, EXPENSES),
    ("officer", "returnExpenseReport", {"number": "$walkout", "local": "610", "week": 3}, {"reason": "Say how many deliveries"}),
    ("benefits", "fileExpenseReport", {"number": "$walkout"}, EXPENSES),
    ("unifor", "getExpenseReport", {"number": "$walkout", "local": "610", "week": 3}, None),
    ("officer", "previewAcceptance", {"number": "$walkout"}, {"local": "610", "weeks": [3], "accepted_on": "2026-11-23"}),
    ("officer", "acceptExpenseReports", {"number": "$walkout"}, {"local": "610", "weeks": [3], "accepted_on": "2026-11-23"}),
    ("ue", "previewUnspentReturn", {"number": "$walkout"}, UNSPENT),
    ("ue", "returnUnspent", {"number": "$walkout"}, UNSPENT),
    ("ue", "previewAdvanceReversal", {"number": "$walkout", "entry": "$unspent_entry"}, {"date": "2026-11-23", "reason": "Another local's money"}),
    ("ue", "reverseAdvanceEntry", {"number": "$walkout", "entry": "$unspent_entry"}, {"date": "2026-11-23", "reason": "Another local's money"}),
    ("unifor", "getStrikeAdvances", {"number": "$walkout"}, None),
    ("unifor", "getAdvancesOfLocals", {}, None),
    # A weekly run from begun to closed, with a cheque that was lost; one that is cancelled.
    ("unifor", "postEntry", {}, STRIKE_CAD),
    ("keeper", "changeRosterMember", {"number": "S-0001", "member": 2}, DUES_PAID),
    ("unifor", "getPayableWeeks", {"number": "S-0001"}, None),
    ("keeper", "startRun", {"number": "S-0001"}, {"week": 3}),
    ("keeper", "computeRun", {"run": "SR-2026-1"}, None),
    ("keeper", "submitRun", {"run": "SR-2026-1"}, {"revision": 1}),
    ("second", "sendRunBack", {"run": "SR-2026-1"}, {"reason": "The sheet of Friday is missing"}),
    ("keeper", "computeRun", {"run": "SR-2026-1"}, None),
    ("keeper", "submitRun", {"run": "SR-2026-1"}, {"revision": 2}),
    ("second", "previewRunApproval", {"run": "SR-2026-1"}, {"approved_on": "2026-11-23"}),
    ("second", "approveRun", {"run": "SR-2026-1"}, {"revision": 2, "approved_on": "2026-11-23"}),
    ("unifor", "previewRunPayment", {"run": "SR-2026-1"}, FROM_TRUST),
    ("unifor", "payRun", {"run": "SR-2026-1"}, FROM_TRUST | {"first_cheque": 1001}),
    ("keeper", "recordDuty", {"number": "S-0001"}, {"day": "2026-11-18", "reference": "A-102", "minutes": 240}),
    ("unifor", "getRunChanges", {"run": "SR-2026-1"}, None),
    ("keeper", "listRunChanges", {"run": "SR-2026-1"}, None),
    ("keeper", "takeUpRunChanges", {"run": "SR-2026-1"}, None),
    ("keeper", "listRunLines", {"run": "SR-2026-1", "shows": "paid", "local": "8504"}, None),
    ("keeper", "previewPaymentChange", {"run": "SR-2026-1", "member": 2}, {"step": "stop", "on": "2026-11-23"}),
    ("keeper", "stopPayment", {"run": "SR-2026-1", "member": 2}, {"on": "2026-11-23", "fee": cad("12.50"), "reason": "Lost in the mail"}),
    ("unifor", "listReissuablePayments", {"run": "SR-2026-1"}, None),
    ("unifor", "previewReissue", {"run": "SR-2026-1", "member": 2}, {"on": "2026-11-23"}),
    ("unifor", "reissuePayment", {"run": "SR-2026-1", "member": 2}, {"on": "2026-11-23", "reference": "1002"}),
    ("keeper", "clearPayments", {"run": "SR-2026-1"}, {"on": "2026-11-23"}),
    ("keeper", "recordOverpayment", {"run": "SR-2026-1", "member": 1}, {"on": "2026-11-23", "amount": cad("60.00"), "reason": "A day too many"}),
    ("keeper", "previewOverpaymentRepayment", {"run": "SR-2026-1", "member": 1}, PAID_BACK),
    ("keeper", "repayOverpayment", {"run": "SR-2026-1", "member": 1}, PAID_BACK),
    ("keeper", "proposeWriteOff", {"run": "SR-2026-1", "member": 1}, {"amount": cad("10.00"), "reason": "hardship"}),
    ("second", "refuseWriteOff", {"run": "SR-2026-1", "ordinal": 2}, None),
    ("keeper", "proposeWriteOff", {"run": "SR-2026-1", "member": 1}, {"amount": cad("20.00"), "reason": "left", "note": "Moved away"}),
    ("second", "listRunRecoveries", {"run": "SR-2026-1"}, None),
    ("second", "previewWriteOff", {"run": "SR-2026-1", "ordinal": 3}, {"on": "2026-11-23"}),
    ("second", "approveWriteOff", {"run": "SR-2026-1", "ordinal": 3}, {"on": "2026-11-23"}),
    ("keeper", "getRunLine", {"run": "SR-2026-1", "member": 2}, None),
    ("keeper", "reconcileRun", {"run": "SR-2026-1"}, None),
    ("keeper", "closeRun", {"run": "SR-2026-1"}, None),
    ("keeper", "getRun", {"run": "SR-2026-1"}, None),
    ("keeper", "startRun", {"number": "S-0001"}, {"week": 2}),
    ("keeper", "cancelRun", {"run": "SR-2026-2"}, {"reason": "Nobody stood on the line yet"}),
    ("ue", "listRuns", {"union": "unifor"}, None),
    # Support to single members: a grant from proposed to paid, a loan that comes back in parts, one refused and one taken back.
    ("keeper", "proposeGrant", {"number": "S-0001"}, SUPPORT),
    ("second", "approveGrant", {"grant": "SG-0001"}, None),
    ("unifor", "previewGrantPayment", {"grant": "SG-0001"}, FROM_TRUST),
    ("unifor", "payGrant", {"grant": "SG-0001"}, FROM_TRUST),
    ("keeper", "getGrant", {"grant": "SG-0001"}, None),
    ("keeper", "proposeGrant", {"number": "S-0001"}, LOAN),
    ("second", "approveGrant", {"grant": "SG-0002"}, None),
    ("unifor", "payGrant", {"grant": "SG-0002"}, FROM_TRUST),
    ("unifor", "previewGrantRepayment", {"grant": "SG-0002"}, CAME_BACK),
    ("unifor", "repayGrant", {"grant": "SG-0002"}, CAME_BACK),
    ("keeper", "proposeGrant", {"number": "S-0001"}, SUPPORT | {"kind": "medical", "purpose": "Glasses", "paid_to": ""}),
    ("second", "refuseGrant", {"grant": "SG-0003"}, {"reason": "The provincial plan pays for them"}),
    ("keeper", "proposeGrant", {"number": "S-0001"}, LOAN),
    ("keeper", "cancelGrant", {"grant": "SG-0004"}, {"reason": "No longer needed"}),
    ("second", "listGrants", {"strike": "S-0001"}, None),
    ("ue", "getGrantTotals", {"union": "unifor"}, None),
    # Strikes: one from notice to closed, one that is called off.
    ("officer", "recordStrike", {}, STRIKE),
    ("officer", "changeStrike", {"number": "$number"}, {name: value for name, value in STRIKE.items() if name != "union"} | {"expected": 320}),
    ("officer", "authoriseStrike", {"number": "$number"}, {"body": "General Executive Board", "resolution": "GEB-2026-31", "decided_on": "2026-10-30"}),
    ("second", "authoriseStrike", {"number": "$number"}, {"body": "National Executive Board", "resolution": "NEB-2026-44", "decided_on": "2026-10-31"}),
    ("officer", "beginStrike", {"number": "$number"}, {"on": "2026-11-02"}),
    ("ue", "getStrike", {"number": "$number"}, None),
    ("ue", "listStrikes", {"live": "true", "sort": "-spent"}, None),
    ("unifor", "getStrikeSides", {}, None),
    ("officer", "ratifyStrike", {"number": "$number"}, {"on": "2026-11-20"}),
    ("officer", "endStrike", {"number": "$number"}, {"on": "2026-11-23"}),
    ("officer", "closeStrike", {"number": "$number"}, {"reason": "All accounted for"}),
    ("officer", "recordStrike", {}, STRIKE | {"name": "Machine works lockout", "kind": "lockout"}),
    ("officer", "callOffStrike", {"number": "$number"}, {"reason": "Settled at the table"}),
    ("officer", "recordStrike", {}, STRIKE | {"name": "Shops, one after another", "kind": "rotating", "rule_set": "ue-rotating"}),
    ("officer", "authoriseStrike", {"number": "$number"}, {"body": "National officers", "resolution": "32", "decided_on": "2026-10-30"}),
    ("second", "authoriseStrike", {"number": "$number"}, {"body": "National officers", "resolution": "45", "decided_on": "2026-10-31"}),
    ("officer", "beginStrike", {"number": "$number"}, {"on": "2026-11-02"}),
    ("officer", "setStrikeDays", {"number": "$number"}, {"days": ["2026-11-02", "2026-11-04"]}),
    *SPRING,
    # Days that were ever shut.
    ("ue", "listPeriods", {"book": "joint"}, None),
    # People.
    ("admin", "addPerson", {}, PERSON),
    ("admin", "invitePerson", {"person_id": "$person_id"}, None),
    ("admin", "grantRole", {"person_id": "$person_id"}, {"role": "trustee", "starts_on": "2026-11-23", "ends_on": "2027-12-31"}),
    ("admin", "getPerson", {"person_id": "$person_id"}, None),
    ("admin", "revokeRole", {"person_id": "$person_id", "grant_id": "$grant"}, None),
    ("admin", "clearCodes", {"person_id": "$person_id"}, None),
    ("admin", "disablePerson", {"person_id": "$person_id"}, {"disabled": True}),
    ("admin", "listPeople", {}, None),
    ("admin", "listAudit", {"union": "ue", "outcome": "done"}, None),
    # How long records are kept: a filing put right, and holds that one person places and it takes more to let go.
    ("ue", "recordFiling", {}, {"union": "ue", "form": "LM-2", "fiscal_year_end": "2025-12-31", "filed_on": "2026-03-30"}),
    ("ue", "recordFiling", {}, {"union": "ue", "form": "LM-2", "fiscal_year_end": "2025-12-31", "filed_on": "2026-03-31", "corrects": "FL-0001"}),
    ("unifor", "listFilings", {}, None),
    ("unifor", "placeHold", {}, {"scope": "all", "reason": "Grievance about the plant closure"}),
    ("unifor", "releaseHold", {"number": "H-0001"}, None),
    ("ue", "keepHold", {"number": "H-0001"}, None),
    ("unifor", "releaseHold", {"number": "H-0001"}, None),
    ("admin", "listHolds", {}, None),
    ("ue", "listRecordClasses", {}, None),
    ("ue", "releaseHold", {"number": "H-0001"}, None),
    # Another program is told of what happens.
    ("admin", "addWebhook", {}, WEBHOOK),
    ("admin", "listWebhooks", {}, None),
    ("admin", "changeWebhook", {"number": "WH-0001"}, WEBHOOK | {"events": ["entry.posted", "transfer.received", "close.locked"], "version": 1}),
    ("admin", "renewWebhookSecret", {"number": "WH-0001"}, None),
    ("admin", "sendTestEvent", {"number": "WH-0001"}, None),
    ("ue", "listWebhookDeliveries", {"number": "WH-0001"}, None),
    ("admin", "resendEvent", {"number": "WH-0001", "delivery": 1}, None),
    ("admin", "pauseWebhook", {"number": "WH-0001"}, None),
    ("admin", "resumeWebhook", {"number": "WH-0001"}, None),
    ("ue", "getWebhook", {"number": "WH-0001"}, None),
    ("admin", "deleteWebhook", {"number": "WH-0001"}, None),
    # Between the unions: two loans' terms, then draws, interest, a forgiveness, a settlement and an undoing, each accepted by the other.
    ("unifor", "proposeLoan", {}, TERMS | {"purpose": "Too little"}),
    ("ue", "declineLoan", {"number": "$number"}, {"reason": "Not enough for the winter"}),
    ("unifor", "proposeLoan", {}, TERMS),
    ("unifor", "withdrawLoan", {"number": "$number"}, {"reason": "Wrong fund"}),
    ("unifor", "proposeLoan", {}, TERMS),
    ("ue", "agreeToLoan", {"number": "$number"}, None),
    ("ue", "listLoans", {"state": "agreed"}, None),
    ("unifor", "proposeLoanStep", {"number": "L-0003"}, LOAN_STEP | {"kind": "loan_drawdown", "account": "$unifor_usd"}),
    ("ue", "declineStep", {"number": "$number"}, {"reason": "It has not arrived"}),
    ("unifor", "proposeLoanStep", {"number": "L-0003"}, LOAN_STEP | {"kind": "loan_drawdown", "account": "$unifor_usd"}),
    ("unifor", "withdrawStep", {"number": "$number"}, {"reason": "Another day"}),
    ("unifor", "proposeLoanStep", {"number": "L-0003"}, LOAN_STEP | {"kind": "loan_drawdown", "account": "$unifor_usd"}),
    ("ue", "previewStep", {"number": "$number"}, {"account": "$ue_usd"}),
    ("ue", "acceptStep", {"number": "M-0003"}, {"account": "$ue_usd"}),
    ("ue", "getStep", {"number": "M-0003"}, None),
    ("ue", "getLoanInterest", {"number": "L-0003", "from": "2026-02-02", "to": "2026-03-01"}, None),
    ("unifor", "proposeLoanStep", {"number": "L-0003"}, LOAN_STEP | {"kind": "loan_interest", "amount": usd("115.07"), "entry_date": "2026-03-02"}),
    ("ue", "acceptStep", {"number": "$number"}, {}),
    ("ue", "getOpenDebts", {}, None),
    ("ue", "proposeSettlement", {}, SETTLEMENT),
    ("unifor", "acceptStep", {"number": "$number"}, {"account": "$unifor_cad", "fund": "GEN"}),
    ("second", "recordLoanResolution", {"number": "L-0003"}, RESOLUTION),
    ("unifor", "proposeLoanStep", {"number": "L-0003"},
     LOAN_STEP | {"kind": "loan_forgiveness", "amount": usd("20000.00"), "entry_date": "2026-06-20", "resolution": 1}),
    ("ue", "acceptStep", {"number": "$number"}, {}),
    ("ue", "proposeUndoing", {"number": "$number"}, {"entry_date": "2026-06-21", "reason": "The board meant the other loan"}),
    ("unifor", "acceptStep", {"number": "$number"}, {}),
    ("ue", "getLoan", {"number": "L-0003", "on": "2026-06-20"}, None),
    ("ue", "listSteps", {"state": "accepted"}, None),
    ("ue", "getMirrors", {"on": "2026-06-20"}, None),
    # Lent besides cash: offered, booked, moved and called off.
    ("second", "offerResource", {}, LENT),
    ("second", "changeResource", {"number": "R-0001"}, LENT_ANEW),
    ("second", "addResourceRate", {"number": "R-0001"}, {"valid_from": "2026-07-01", "rate": "54.10", "source": "Agreement of July 2026"}),
    ("second", "withdrawResource", {"number": "R-0001"}, {"reason": "On leave"}),
    ("second", "reofferResource", {"number": "R-0001"}, {"reason": "Back from leave"}),
    ("ue", "getResource", {"number": "R-0001"}, None),
    ("ue", "listResources", {"kind": "organizer"}, None),
    ("ue", "findFreeResources", {"from": "2026-12-07", "to": "2026-12-11", "kind": "organizer"}, None),
    ("officer", "requestBooking", {}, BOOKING),
    ("second", "holdBooking", {"number": "BK-0001"}, {"until": "2026-11-30"}),
    ("officer", "rescheduleBooking", {"number": "BK-0001"}, {"days": NEXT_MONTH | {"first_part": "afternoon"}, "reason": "The plant is shut on Monday"}),
    ("second", "confirmBooking", {"number": "BK-0001"}, {"remark": "Ask for Dana at the gate"}),
    ("second", "clearBooking", {"number": "BK-0001"}, {"clearance": "Permit seen by B. Ng", "on": "2026-11-20"}),
    ("officer", "cancelBooking", {"number": "BK-0001"}, {"reason": "The visits are put off"}),
    ("officer", "requestBooking", {}, BOOKING),
    ("second", "declineBooking", {"number": "BK-0002"}, {"reason": "Needed at home that week"}),
    ("officer", "requestBooking", {}, LATE),
    ("second", "confirmBooking", {"number": "BK-0003"}, {}),
    ("second", "finishBooking", {"number": "BK-0003"}, None),
    ("officer", "getBooking", {"number": "BK-0003"}, None),
    ("officer", "listBookings", {"resource": "R-0001", "state": "done"}, None),
    ("officer", "getBookingCalendar", {"from": "2026-12-01", "to": "2026-12-31"}, None),
    # What was delivered: agreed to after a correction, taken back and agreed to again, and charged back in part.
    ("second", "recordDelivery", {}, SHEET | {"booking": "BK-0003"}),
    ("second", "attachDocument", {}, {"subject_kind": "delivery", "subject": "DL-0001", "file": PDF}),
    ("second", "listDocuments", {"subject_kind": "delivery", "subject": "DL-0001"}, None),
    ("second", "submitDelivery", {"number": "DL-0001"}, None),
    ("officer", "disputeDelivery", {"number": "DL-0001"}, {"revision": 1, "claimed": "15", "reason": "The evening was half an hour shorter"}),
    ("second", "changeDelivery", {"number": "DL-0001"},
     SHEET | {"lines": [{"day": "2026-01-26", "quantity": "7.5"}, {"day": "2026-01-27", "quantity": "7.5"}], "submit": True}),
    ("officer", "previewDelivery", {"number": "DL-0001"}, None),
    ("officer", "confirmDelivery", {"number": "DL-0001"}, {"revision": 2}),
    ("officer", "undoDelivery", {"number": "DL-0001"}, {"reason": "Confirmed by mistake"}),
    ("officer", "confirmDelivery", {"number": "DL-0001"}, {"revision": 2}),
    ("second", "recordDelivery", {}, {"booking": "BK-0003", "lines": [{"day": "2026-01-28", "quantity": "7.5"}], "submit": True}),
    ("second", "withdrawDelivery", {"number": "DL-0002"}, {"reason": "He was ill that day"}),
    ("officer", "getDelivery", {"number": "DL-0001"}, None),
    ("officer", "listDeliveries", {"booking": "BK-0003"}, None),
    ("unifor", "getChargeable", {}, None),
    ("unifor", "previewChargeBack", {}, CHARGE_BACK),
    ("unifor", "proposeChargeBack", {}, CHARGE_BACK),
    ("ue", "acceptStep", {"number": "$charging"}, {"fund": "GEN"}),
    ("ue", "getChargeBack", {"number": "$charging"}, None),
    ("ue", "previewChargeBackSettlement", {"number": "$charging"}, {"currency": "USD", "on": "2026-02-03"}),
    # What they agreed, and a short period's joint costs equalised and settled.
    ("second", "proposeAgreement", {}, AGREEMENT),
    ("officer", "confirmAgreement", {"number": "AG-0002", "version": 1}, None),
    ("second", "proposeAgreement", {}, AGREEMENT | {"title": "Loans", "kind": "loan", "terms": {"debt_currency": "USD"}}),
    ("second", "withdrawAgreement", {"number": "AG-0003", "version": 1}, {"reason": "Signed on another day"}),
    ("second", "proposeAgreement", {}, AGREEMENT | {"number": "AG-0002", "valid_from": "2027-01-01"}),
    ("officer", "rejectAgreement", {"number": "AG-0002", "version": 2}, {"reason": "The convention has not met yet"}),
    ("ue", "listAgreements", {}, None),
    ("lead", "getAgreement", {"number": "AG-0002"}, None),
    ("officer", "certifyMembership", {}, {"as_of": "2026-01-31", "members": 35000, "source": "Dues records of January"}),
    ("second", "certifyMembership", {}, {"as_of": "2026-01-31", "members": 315000, "source": "Per capita, January"}),
    ("ue", "listMembershipCounts", {"union": "ue"}, None),
    ("ue", "recordJointCost", {}, JOINT_COST),
    ("ue", "recordJointCost", {}, JOINT_COST | {"what": "Printing of the reader"}),
    ("ue", "withdrawJointCost", {"number": "JC-0002"}, {"reason": "Claimed twice"}),
    ("unifor", "disputeJointCost", {"number": "JC-0001"}, {"reason": "Which course was this?"}),
    ("unifor", "agreeToJointCost", {"number": "JC-0001"}, None),
    ("ue", "listJointCosts", {"union": "ue", "state": "agreed"}, None),
    ("ue", "getJointCost", {"number": "JC-0001"}, None),
    ("ue", "previewEqualisation", {"agreement": "AG-0002", "from": "2026-02-01", "to": "2026-02-05"}, None),
    ("ue", "proposeEqualisation", {}, EQUALISATION),
    ("unifor", "acceptStep", {"number": "M-0009"}, {"fund": "GEN"}),
    ("ue", "getSettlementOffer", {"number": "EQ-0001", "currency": "USD", "date": "2026-11-20"}, None),
    ("ue", "settleEqualisation", {"number": "EQ-0001"}, EQUALISATION_PAID),
    ("ue", "listEqualisations", {}, None),
    ("ue", "getEqualisation", {"number": "EQ-0001"}, None),
    ("officer", "endAgreement", {"number": "AG-0002"}, {"last_day": "2026-12-31", "reason": "Notice given at the joint council"}),
    ("second", "confirmAgreement", {"number": "AG-0002", "version": 3}, None),
    # A month closed: looked over by both, fixed, its head kept, signed by one, and opened again by both.
    ("ue", "listCloses", {"limit": 2}, None),
    *(
        (who, "confirmCloseStep", {"number": "CL-2026-04"}, {"step": step, "remark": "The bank was asked"})
        for step in ("statements", "in_transit", "rates", "compared", "commitments", "suspense")
        for who in ("ue", "unifor")
    ),
    ("ue", "fixCloseReport", {"number": "CL-2026-04", "back_to": "2026-01-02"}, None),
    ("board", "getClose", {"number": "CL-2026-04"}, None),
    ("board", "getCloseFile", {"number": "CL-2026-04", "version": 1, "file": "facts.json"}, None),
    ("unifor", "keepCloseHead", {"number": "CL-2026-04"}, None),
    ("ue", "signCloseReport", {"number": "CL-2026-04"}, {"version": 1, "decision": "signed", "password": "another horse ledger"}),
    ("ue", "askToReopenClose", {"number": "CL-2026-04"}, {"reason": "A bill of April came late"}),
    ("unifor", "reopenClose", {"number": "CL-2026-04"}, {"reason": "Agreed"}),
    ("board", "getCloseSchedule", {}, None),
    # A pack for the boards: made, shared by a link, and the link ended.
    ("ue", "makeBoardPack", {}, {"title": "Joint board, autumn", "as_of": "2026-11-20", "compare": "2026-06-30", "into": "CAD"}),
    ("board", "listBoardPacks", {"limit": 2}, None),
    ("ue", "shareBoardPack", {"number": "BP-0001"}, {"label": "General Executive Board", "days": 30}),
    ("board", "getBoardPack", {"number": "BP-0001"}, None),
    ("board", "getBoardPackFile", {"number": "BP-0001", "file": "fr.pdf"}, None),
    ("unifor", "endBoardPackLink", {"number": "BP-0001", "link": "$link"}, None),
    # The members' page: looked at, proposed, approved by an officer of each union, switched on by both, off by one, and taken back.
    ("officer", "previewMemberPage", {"quarter": "2026-Q3"}, None),
    ("officer", "proposeMemberPage", {}, {"quarter": "2026-Q3", "text_en": "We stood together.", "text_fr": "Nous avons tenu ensemble."}),
    ("officer", "approveMemberPage", {"quarter": "2026-Q3", "version": 1}, None),
    ("second", "approveMemberPage", {"quarter": "2026-Q3", "version": 1}, None),
    ("board", "getMemberPage", {"quarter": "2026-Q3", "version": 1}, None),
    ("officer", "switchMemberPages", {}, {"on": True}),
    ("second", "switchMemberPages", {}, {"on": True}),
    ("board", "listMemberPages", {}, None),
    ("second", "takeBackMemberPage", {"quarter": "2026-Q3", "version": 1}, None),
    ("ue", "setCloseDeadlines", {}, {"since": "2027-03-01", "deadlines": {"statements": 3, "extracts": 5, "report": 8, "signatures": 12}}),
    ("board", "listCloseDeadlines", {}, None),
    ("ue", "putHoliday", {}, HOLIDAY),
    ("board", "listHolidays", {"year": 2027, "country": "US"}, None),
    ("ue", "removeHoliday", {"country": "US", "day": "2027-01-25"}, None),
    # The unions' own ledgers, compared: what Unifor misses is answered, and both agree to the rest.
    ("ue", "previewExtract", {}, EXTRACT),
    ("ue", "importExtract", {}, EXTRACT),
    ("unifor", "importExtract", {}, OTHER_EXTRACT),
    ("ue", "listExtracts", {"union": "ue"}, None),
    ("board", "getExtract", {"number": "LX-0001"}, None),
    ("board", "getComparisons", {"ends_on": "2026-01-31"}, None),
    ("ue", "listDifferences", {"state": "open"}, None),
    ("ue", "changeDifference", {"number": "DF-0002"}, {"class": "disputed", "due_on": "2026-02-20", "remark": "Unifor did not order it"}),
    ("ue", "getDifference", {"number": "DF-0002"}, None),
    ("ue", "compareLedgers", {}, {"ends_on": "2026-01-31"}),
    ("ue", "resolveDifference", {"number": "DF-0002"}, {"reason": "The invoice was taken back by telephone"}),
    ("ue", "listComparisons", {}, None),
    ("ue", "agreeToComparison", {"number": "$comparison"}, {"remark": "With one listed difference"}),
    # A month at the bank: its file brought in, its lines matched, one left out, the rest recorded, the account proved; and a wrong file taken back.
    ("unifor", "listBankAccounts", {}, None),
    ("unifor", "previewBankStatement", {"account_id": "$trust"}, BANK_STATEMENT),
    ("unifor", "importBankStatement", {"account_id": "$trust"}, BANK_STATEMENT),
    ("board", "getBankAccount", {"account_id": "$trust"}, None),
    ("board", "getBankProfile", {"account_id": "$trust"}, None),
    ("unifor", "keepBankProfile", {"account_id": "$trust"}, {"columns": {"date": 0, "text": 1, "reference": 2, "amount": 3}, "currency": "CAD"}),
    ("board", "listBankStatements", {"account": "$trust"}, None),
    ("board", "getBankStatement", {"number": "BS-0001"}, None),
    ("unifor", "getBankStart", {"account_id": "$trust"}, None),
    ("unifor", "setBankStart", {"account_id": "$trust"}, {"outstanding": []}),
    ("unifor", "listBankLines", {"account_id": "$trust", "state": "new"}, None),
    ("unifor", "listBankProposals", {"account_id": "$trust"}, None),
    ("unifor", "acceptBankProposals", {"account_id": "$trust"}, {"marks": "$marks"}),
    ("unifor", "getBankLine", {"number": 1}, None),
    ("unifor", "listBankMatches", {"account_id": "$trust"}, None),
    ("unifor", "undoBankMatch", {"match_id": 1}, None),
    ("unifor", "listBankPostings", {"account_id": "$trust", "words": "DEP 7"}, None),
    ("unifor", "matchBankLines", {"account_id": "$trust"}, {"lines": [1], "postings": "$places", "remark": "The deposit slip says so"}),
    ("unifor", "excludeBankLine", {"number": 2}, {"reason": "Of another customer; the bank will return it"}),
    ("unifor", "includeBankLine", {"number": 2}, None),
    ("unifor", "excludeBankLine", {"number": 2}, {"reason": "Of another customer; the bank will return it"}),
    ("unifor", "previewBankEntry", {"number": 3}, {"action": "fee", "fund": "GEN"}),
    ("unifor", "recordBankEntry", {"number": 3}, {"action": "fee", "fund": "GEN", "learn": True}),
    ("unifor", "recordBankEntry", {"number": 4}, {"action": "interest", "fund": "GEN", "description": "Interest of January", "learn": True}),
    ("board", "getBankProof", {"account_id": "$trust", "date": "2026-01-31"}, None),
    ("deputy", "reconcileBankAccount", {"account_id": "$trust"}, {"date": "2026-01-31"}),
    ("deputy", "undoBankReconciliation", {"account_id": "$trust"}, {"date": "2026-01-31", "reason": "A cheque was taken for another"}),
    ("unifor", "importBankStatement", {"account_id": "$trust"}, BANK_FEBRUARY),
    ("unifor", "withdrawBankStatement", {"number": "BS-0002"}, {"reason": "Of another account"}),
    ("unifor", "writeBankRule", {}, BANK_RULE),
    ("unifor", "changeBankRule", {"rule_id": "$id"}, BANK_RULE | {"words": "INCOMING WIRE FEE", "version": 1}),
    ("unifor", "retireBankRule", {"rule_id": "$id"}, {"version": 2}),
    ("board", "listBankRules", {"union": "unifor"}, None),
]  # fmt: skip


class Caller:
    """Makes the calls, and fills ``$names`` in them from the answers before."""

    def __init__(self, document: openapi.Json, clients: dict[str, httpx.AsyncClient]) -> None:
        self.clients, self.known, self.examples = clients, {}, {}  # type: ignore[var-annotated]
        self.operations = {operation["operationId"]: (method, path, operation) for method, path, operation in openapi.operations(document)}
        self._count = 0

    async def call(self, who: str, name: str, values: dict[str, Any], body: Any) -> httpx.Response:
        """One call; it must succeed as the operation says."""
        method, path, operation = self.operations[name]
        values, body, self._count = self._filled(values), self._filled(body), self._count + 1
        query = {key: value for key, value in values.items() if f"{{{key}}}" not in path}
        address = path.format(**values) + (f"?{urlencode(query)}" if query else "")
        headers = {"Idempotency-Key": f"example-{self._count}"}
        if isinstance(body, dict) and "file" in body:
            sent: dict[str, Any] = {"data": {k: v for k, v in body.items() if k != "file"}, "files": {"file": body["file"]}}
        else:
            sent = {} if body is None else {"json": body}
        answer = await self.clients[who].request(method, address, headers=headers, **sent)
        assert str(answer.status_code) == min(operation["responses"]), f"{who} {name}: {answer.status_code} {answer.text[:800]}"
        self._keep(name, values, body, answer)
        return answer

    def _filled(self, part: Any) -> Any:
        if isinstance(part, dict):
            return {key: self._filled(value) for key, value in part.items()}
        return self.known[part[1:]] if isinstance(part, str) and part.startswith("$") else part

    def _keep(self, name: str, values: dict[str, Any], body: Any, answer: httpx.Response) -> None:
        example: dict[str, Any] = {"parameters": {**values, "Idempotency-Key": f"{name}-2026-0001"}}
        if body is not None and not (isinstance(body, dict) and "file" in body):
            example["request"] = body
        if "json" in answer.headers.get("content-type", ""):
            told = answer.json()
            example["response"] = told
            if isinstance(told, dict):
                self.known |= {key: value for key, value in told.items() if isinstance(value, str | int)}
        self.examples.setdefault(name, example)


def settled(part: Any, name: str = "") -> Any:
    """An example without what differs from run to run, and with lists cut to their first two items."""
    if isinstance(part, dict):
        return {key: settled(value, key) for key, value in part.items()}
    if isinstance(part, list):
        return [settled(each, name) for each in part[: 4 if name in ("postings", "lines", "columns") else 2]]
    if name in SECRETS and isinstance(part, str) and (name != "code" or part.isdigit()):
        kind = {"nasp_": "secret", "whsec": "whsec"}.get(part[:5], "totp") if name == "secret" else name
        return SECRETS[kind]
    if name == "bytes" and isinstance(part, int):
        return 4_812_345  # how far what is packed shrinks depends on ids that are drawn
    if isinstance(part, str):
        part = re.sub(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}", "019ab3c4-5d6e-7f80-9a1b-2c3d4e5f6071", part)
        part = re.sub(r"/packs/[\w-]{43}\b", f"/packs/{SECRETS['link_secret']}", part)
        part = re.sub(r"(?<=_)[0-9a-f]{32}\b", "019ab3c45d6e7f809a1b2c3d4e5f6071", part)
        part = re.sub(r"\b[0-9a-f]{64}\b", "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", part)
        part = re.sub(r"\A20\d\d-\d\d-\d\dT[0-9:.]+(Z|\+00:00)\Z", "2026-11-23T17:00:00Z", part)
    return part


SECRETS = {
    "secret": "nasp_rT0kfVxXo2Y9bq7mP4sLwZ1cNhE8uJdA6gKiQ3yBtRM", "link_secret": "Zk1yV8oP2xW5tQ9aB3nM7cL0dR4eS6fU1gH8iJ2kK5l", "hint": "BtRM",
    "whsec": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwEtoq0mCSXGk=",
    "totp": "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP",
    "uri": "otpauth://totp/Solidarity%20ledger:dolores%40example.org?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=Solidarity%20ledger",
    "next": "WyIyMDI2LTExLTIzVDE3OjAwOjAwWiIsIjAxOWFiM2M0Il0", "code": "492039",
    "content": "/api/v1/documents/019ab3c4-5d6e-7f80-9a1b-2c3d4e5f6071/content",
}  # fmt: skip


async def called(app: Litestar, pool: Pool, ue: Actor, unifor: Actor) -> Caller:
    """Every step, called."""
    admin = await add_person(pool, "Ann Admin", "ue", "admin")
    lead = await add_person(pool, "Leo Lead", "ue", "campaign_lead")
    hashed = await sign_in.hash_password(PASSWORD)
    async with pool.database.writing() as connection:
        await people.change(connection, ue.person_id, password_hash=hashed)
        told = Notice(
            kind="request_paid", subject="A-0107", url="/requests/A-0107", to=(ue.person_id,), once="1",
            facts={"amounts": {"USD": 125_000}, "payee": "Keystone Union Printers", "campaign": "Wabtec Erie 2026"},
        )  # fmt: skip
        await notices.notify(connection, [told], pool.clock())
    await periods.put_state(pool, "joint", date(2026, 7, 1), date(2026, 9, 30), "closed")
    await periods.put_state(pool, "joint", date(2026, 7, 1), date(2026, 9, 30), "open")
    stage = await asking(pool, ue, unifor)
    await striking(stage)
    callers = {
        "ue": ue, "unifor": unifor, "admin": admin, "lead": stage.who["unifor lead"], "officer": stage.who["ue officer"],
        "second": stage.who["unifor officer"], "board": stage.who["ue board"], "keeper": stage.who["unifor benefits"],
        "captain": stage.who["unifor captain"], "deputy": stage.who["unifor deputy"],
        "benefits": await add_person(pool, "Benefits of ue", "ue", "benefits_officer"),
    }  # fmt: skip
    async with AsyncExitStack() as stack:
        clients = {name: await stack.enter_async_context(client_for(app, actor)) for name, actor in callers.items()}
        caller = Caller(openapi.describe(app), clients)
        caller.known |= {"walkout": await a_walkout(stage, callers["benefits"]), "ue_trust": await stage.bank("ue")}
        caller.known |= {"campaign": await stage.campaign(), "trust": await stage.bank("unifor"), "lead": lead.person_id}
        for union, currency in (("ue", "USD"), ("ue", "CAD"), ("unifor", "USD"), ("unifor", "CAD")):
            caller.known[f"{union}_{currency.lower()}"] = await own_bank(pool, union, currency)
        caller.known["sharing"] = await sharing(stage, rate_rule="value_date", settlement_rule="settlement_day")
        caller.known["captain"] = stage.who["unifor captain"].person_id
        for who, name, values, body in STEPS:
            answer = await caller.call(who, name, values, body)
            remember(caller, name, answer)
    return caller


async def asking(pool: Pool, ue: Actor, unifor: Actor) -> Stage:
    """The people of a request, rules under which one vote of UE's board is a quorum of its own, and UE's strike rules for rotating strikes."""
    stage = await set_stage(pool, ue, unifor)
    async with pool.database.writing() as connection:
        matrix = await approvals.matrix_on(connection, pool.today())
        small = msgspec.structs.replace(matrix, number=99, valid_from=pool.today(), board_rules=(BoardRule("ue", 3, 1), BoardRule("unifor", 25, 13)))
        await approvals.add_matrix(connection, small)
        rotating = msgspec.structs.replace(shipped_rule_sets()["ue"].rules, code="ue-rotating", applies_to=("rotating",))
        await strike_rules.add(connection, rotating, 1, "ue", date(2026, 1, 1), "confirmed", 1, pool.clock())
    return stage


async def striking(stage: Stage) -> None:
    """Unifor's strike S-0001, which is on, and S-0002, which was called off after its roster came in; who keeps their rosters, and a captain."""
    for part, role in (("benefits", "benefits_officer"), ("captain", "picket_captain")):
        stage.who[f"unifor {part}"] = await add_person(stage.pool, f"{part.title()} of Unifor", "unifor", role)
    keeper = stage.who["unifor benefits"]
    await accounts.add_local(stage.pool, stage.who["unifor treasurer"], stage.key(), NewLocal(union="unifor", number="8504", name="Local 8504"))
    await strikes_stage.load_rules(stage.pool)
    await strikes_stage.decide_amounts(stage.pool, stage.who["ue officer"], stage.who["ue treasurer"])
    await strikes_stage.on_strike(stage)
    off = await strikes_stage.recorded(stage, name="Second walkout")
    file = SheetFile("roster.csv", base64.b64decode(ROSTER_FILE))
    await roster_files.bring_in(stage.pool, keeper, stage.key(), off.number, file, None, "en")
    await strikes.call_off(stage.pool, keeper, stage.key(), off.number, "Settled at the last minute")


async def a_walkout(stage: Stage, benefits: Actor) -> str:
    """A strike of UE's Local 610 in its fourth week, with both unions' word."""
    await accounts.add_local(stage.pool, stage.who["ue treasurer"], stage.key(), NewLocal(union="ue", number="610", name="Local 610", city="Erie"))
    said = msgspec.structs.replace(strikes_stage.notice("ue"), locals=("610",))
    strike = await strikes.record_strike(stage.pool, benefits, stage.key(), said)
    for union in ("ue", "unifor"):
        await strikes_stage.authorise(stage, strike.number, union)
    return (await strikes.begin(stage.pool, benefits, stage.key(), strike.number, strike.starts_on)).number


def remember(caller: Caller, name: str, answer: httpx.Response) -> None:
    """What later calls are made of."""
    known, told = caller.known, answer.json() if "json" in answer.headers.get("content-type", "") else None
    if name == "newTotpSecret":
        known |= {"totp": told["secret"], "code": pyotp.TOTP(told["secret"]).at(caller.clients["ue"]._transport.app.state.pool.clock())}  # type: ignore[attr-defined]
    elif name == "openAccount":
        known["account"] = told["id"]
    elif name == "getPerson":
        known["grant"] = told["grants"][0]["id"]
    elif name == "listBooks":
        known["bank"] = 2
    elif name == "listNotices":
        known["notice"] = told["items"][0]["id"]
    elif name == "compareLedgers":
        known["comparison"] = next(each["number"] for each in told["comparisons"] if each["creditor"] == "ue")
    elif name == "listBankProposals":
        known["marks"] = [next(each["mark"] for each in told["items"] if each["lines"] == [1])]
    elif name == "listBankPostings":
        known["places"] = [{"entry": told["items"][0]["entry"], "line": told["items"][0]["line"]}]
    elif name == "returnUnspent":
        known["unspent_entry"] = told["returns"][0]["entry"]
    elif name == "proposeChargeBack":
        known["charging"] = told["step"]["number"]
    elif name == "shareBoardPack":
        known["link"] = told["link"]["id"]
    elif name == "getReport":
        msgspec.convert(told, ReportOut)


async def test_every_operation_works_and_its_example_is_a_call_that_was_made(app: Litestar, pool: Pool, ue: Actor, unifor: Actor) -> None:
    caller = await called(app, pool, ue, unifor)
    assert caller.examples.keys() == caller.operations.keys()
    examples = settled(caller.examples)
    if os.environ.get("SOLIDARITY_WRITE_EXAMPLES"):
        openapi.EXAMPLES.write_text(json.dumps(examples, indent=1, ensure_ascii=False, sort_keys=True) + "\n")
    kept = json.loads(openapi.EXAMPLES.read_text())
    for name, example in examples.items():
        assert kept[name] == example, f"{name}: write the examples anew, and look at what changed"


# Bodies that are files, which no example in JSON can show.
FILES = {"attachDocument request", "loadRatesFile request"}


def media(document: openapi.Json) -> Iterator[tuple[str, openapi.Json]]:
    """(operation and place, media type object) of every body in the document."""
    for _, _, operation in openapi.operations(document):
        name = operation["operationId"]
        for content in operation.get("requestBody", {}).get("content", {}).values():
            yield f"{name} request", content
        for status, answer in operation["responses"].items():
            for content in answer.get("content", {}).values():
                yield f"{name} {status}", content


def test_every_example_is_valid_by_the_schema_it_stands_beside() -> None:
    from api.app import create_app
    from api.settings import Settings

    document = openapi.describe(create_app(Settings()))
    checked = 0
    for place, content in media(document):
        if "example" in content:
            jsonschema_rs.Draft202012Validator({**content["schema"], "components": document["components"]}).validate(content["example"])
            checked += 1
        elif "examples" not in content and content["schema"].get("format") != "binary":
            assert place in FILES, f"{place} has no example"
    assert checked > 500
