"""Prove an audit pack from its bytes alone: no database, no network.

What must agree: every file with both lists, and the files with those that the version requires; the journal's chain with its head, with the heads that
the unions kept and with those that reports were fixed at; balances, general ledger, statements and bank reconciliations with what the journal adds up to;
every fixed report with its records, its head and its signatures; records with each other and with the audit trail; every document with the hash that the
books kept of it. Whoever makes every hash anew proves himself; only what was kept elsewhere tells: a head, or the manifest's hash.
"""

import zipfile
from collections.abc import Mapping
from pathlib import Path

from ledger.domain.audit_pack_closes import check_closes, files_of_reports, heads_to_pass
from ledger.domain.audit_pack_figures import check_figures
from ledger.domain.audit_pack_files import BROKEN, NotAPack, PackChecked, PackFiles, Shown, container_faults
from ledger.domain.audit_pack_records import check_documents, check_records, documents_of


def check_pack(
    path: Path, heads: Mapping[int, str] | None = None, shown: Shown = lambda done, of: None, manifest_sha256: str | None = None
) -> PackChecked:
    """Every way in which a pack disagrees with itself, with heads that were kept elsewhere, or with the hash of its manifest that was.

    Raises :class:`NotAPack` for a file that is none.
    """
    try:
        with zipfile.ZipFile(path) as pack:
            return _checked(PackFiles(pack, shown), heads or {}, manifest_sha256)
    except (*BROKEN, ValueError, OverflowError) as error:
        raise NotAPack(f"it is no ZIP that can be read: {error}") from error


def _checked(files: PackFiles, heads: Mapping[int, str], manifest_sha256: str | None) -> PackChecked:
    files.result.faults.extend(container_faults(files.pack))
    if files.result.faults:
        return files.result  # nothing of it is unpacked
    manifest = files.manifest(manifest_sha256)
    files.hash_all()
    files.check_lists(manifest)
    with files.broken():
        files.check_required(manifest, [*files_of_reports(files, manifest.period), *documents_of(files)])
    with files.broken():
        check_figures(files, manifest, heads_to_pass(files, heads))
    with files.broken():
        check_closes(files)
    with files.broken():
        check_records(files, manifest)
    with files.broken():
        check_documents(files)
    return files.result
