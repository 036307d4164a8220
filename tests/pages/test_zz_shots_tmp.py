import asyncio, datetime
from datetime import timedelta, date
import pytest
from playwright.async_api import async_playwright
from pathlib import Path
from tests.conftest import *
from tests.conftest import add_person, client_for
from tests.services.test_funds import *
from tests.services.test_funds import gift, known_rate, post, account_of, PROPOSAL
from ledger.services import funds, exchange, accounts
from ledger.domain.exchange import ProposeRate
from ledger.domain.funds import ChangeFund
import glob
AXE = next(iter(glob.glob('/work/main/.venv/lib/python3.11/site-packages/axe_core_python/*.js')))
async def test_shots(pool, app, clock, ue, unifor):
    await gift(pool, ue, "2026-11-02", 2_000_000); await gift(pool, unifor, "2026-11-03", 5_000_000); await gift(pool, unifor, "2026-11-03", 1_200_000, fund="EDU")
    await known_rate(pool)
    await post(pool, unifor, "2026-11-10", "Monthly fee", "STRIKE", [("Expense:Bank-fees", "CAD", 1_500), ("Assets:Bank:Unifor-trust-CAD", "CAD", -1_500)])
    await post(pool, ue, "2026-11-10", "Wire to Unifor", "STRIKE", [("Assets:In-transit", "USD", 150_000), ("Assets:Bank:UE-trust-USD", "USD", -150_000)])
    await post(pool, unifor, "2026-11-10", "Request A-0107 approved", "STRIKE", [("Budget:Encumbrances", "CAD", 850_000), ("Budget:Reserve-for-encumbrances", "CAD", -850_000)])
    await exchange.propose_rate(pool, ue, "propose-rate-1", ProposeRate(observed_on=date(2026, 11, 19), value="1.3725", source="boc"))
    await funds.propose_fund(pool, ue, "propose-hall-1", PROPOSAL)
    await accounts.add_local(pool, unifor, "add-local-1", NewLocal(union="unifor", number="504", name="Local 504", city="Hamilton"))
    clock.now += timedelta(days=6)
    await funds.change_fund(pool, ue, "change-strike-1", ChangeFund(fund="STRIKE", floors={"CAD": 100_000}))
    bank = await account_of(pool, "Assets:Bank:Unifor-trust-CAD", "CAD")
    bad = []
    async with client_for(app, unifor) as client, async_playwright() as p:
        browser = await p.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox","--disable-gpu","--disable-background-networking"])
        for name, w, scheme, lang in (("d",1280,"light","en"),("p",360,"dark","fr")):
            await client.post("/language", data={"language": lang, "next": "/"})
            ctx = await browser.new_context(viewport={"width": w, "height": 900}, color_scheme=scheme, bypass_csp=True)
            async def handle(route, request):
                r = await client.request(request.method, request.url, content=request.post_data_buffer, headers={k:v for k,v in request.headers.items() if k not in ('cookie','host')})
                await route.fulfill(status=r.status_code, headers={k:v for k,v in r.headers.items() if k.lower() not in ('content-encoding','content-length')}, body=r.content)
            await ctx.route("**/*", handle)
            page = await ctx.new_page()
            page.on("console", lambda m: print("CONSOLE", m.text) if m.type=="error" else None)
            for label, path in {"home":"/","funds":"/funds","fund":"/funds/STRIKE","hall":"/funds/HALL","fundnew":"/funds/new","confirm":"/funds/HALL/confirm","close":"/funds/STRIKE/close","change":"/funds/STRIKE/change","accounts":"/accounts?book=joint","account":f"/accounts/{bank.id}","accnew":"/accounts/new","unions":"/unions","local":"/unions/locals/new","search":"/search?q=20000","search0":"/search","searchw":"/search?q=trust"}.items():
                r = await page.goto("http://127.0.0.1:8000"+path)
                if r.status != 200: bad.append((path, r.status))
                await page.wait_for_timeout(150)
                await page.screenshot(path=f"/tmp/dbg/{name}-{label}.png", full_page=True)
                over = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
                if over > 0: bad.append((name, path, "overflow", over))
                await page.add_script_tag(content=Path(AXE).read_text())
                res = await page.evaluate("axe.run({runOnly:['wcag2a','wcag2aa','wcag21a','wcag21aa','wcag22aa','best-practice']})")
                for v in res["violations"]: bad.append((name, path, v["id"], [n["html"][:160] for n in v["nodes"][:2]]))
        await browser.close()
    print(*bad, sep="\n")
    assert not bad
