"""Make an audit pack on the page and take it away; mistakes are said beside their field, and who may not make one sees no door to it."""

import hashlib
import io
import zipfile

import httpx
from litestar import Litestar

from ledger.domain.audit_packs import MANIFEST
from ledger.services.pool import Pool
from tests.conftest import add_person, client_for


async def test_a_pack_is_made_on_the_page_and_taken_away(ue_client: httpx.AsyncClient) -> None:
    shown = await ue_client.get("/audit-packs")
    assert (shown.status_code, 'value="2025-01-01"' in shown.text, "None yet." in shown.text) == (200, True, True)
    wrong = await ue_client.post("/audit-packs", data={"from": "2026-02-01", "to": "2026-01-01", "form_key": "pack-page-0001"})
    assert wrong.status_code == 422 and "is after the last day" in wrong.text
    made = await ue_client.post("/audit-packs", data={"from": "2026-01-01", "to": "2026-06-30", "form_key": "pack-page-0002"})
    assert made.status_code == 303
    address = made.headers["location"]
    for _ in range(600):
        if not address.startswith("/progress/"):
            break
        followed = await ue_client.get(address)
        address = followed.headers.get("location", address)
    assert address == "/audit-packs?done=audit_pack_made"
    listed = await ue_client.get(address)
    assert "The audit pack is made." in listed.text
    back = await ue_client.post("/audit-packs", data={"from": "2026-02-01", "to": "2026-06-30", "form_key": "pack-page-0002"})
    assert back.status_code == 409 and "This form was sent before" in back.text
    link = listed.text.partition('<a href="/audit-packs/')[2].partition('"')[0]
    taken = await ue_client.get(f"/audit-packs/{link}")
    assert taken.headers["content-disposition"] == 'attachment; filename="audit-pack-2026-01-01-2026-06-30.zip"'
    with zipfile.ZipFile(io.BytesIO(taken.content)) as pack:
        manifest_sha256 = hashlib.sha256(pack.read(MANIFEST)).hexdigest()
    assert f'<p class="mono">{manifest_sha256}</p>' in listed.text, "what it is held to is on the page, and not only in it"
    (item,) = (await ue_client.get("/api/v1/audit-packs")).json()
    assert item["manifest_sha256"] == manifest_sha256


async def test_who_may_not_make_one_sees_no_door_to_it(pool: Pool, app: Litestar) -> None:
    deputy = await add_person(pool, "Dan Deputy", "ue", "deputy")
    async with client_for(app, deputy) as client:
        assert (await client.get("/audit-packs")).status_code == 403
        assert "/audit-packs" not in (await client.get("/reports")).text
