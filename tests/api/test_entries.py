"""The journal and its documents over HTTP: what programs send, what they get, and every bad input as a clear no."""

import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import pytest_asyncio

from api.app import create_app
from api.settings import Settings
from ledger.domain.actors import Actor
from ledger.services import people
from ledger.services.pool import Pool
from tests.conftest import add_person
from tests.services.test_documents import MAIL, PDF
from tests.services.test_journal import trail
