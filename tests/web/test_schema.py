"""The API against its own description: whatever is sent gets a documented answer, never 5xx."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import content_type_conformance, response_schema_conformance
from tests.conftest import tiny_card, tiny_onnx

from fauxface.detector import Detector
from fauxface.web.app import create_app
from fauxface.web.settings import Settings

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]


@pytest.fixture(scope="module")
def description(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    folder = tmp_path_factory.mktemp("weights")
    data = tiny_onnx()
    (folder / "model.onnx").write_bytes(data)
    (folder / "card.json").write_text(tiny_card(data).to_json())
    app = create_app(
        Settings(data_dir=tmp_path_factory.mktemp("data")), detector=Detector.load(folder, threads=1, faces="off")
    )
    yield schemathesis.openapi.from_asgi("/openapi.json", app)
    app.app.app.app.state.jobs.close(10)  # type: ignore[attr-defined]
    app.app.app.app.state.engine.close(10)  # type: ignore[attr-defined]
    app.app.app.app.state.store.close()  # type: ignore[attr-defined]


def test_no_request_breaks_the_server(description: Any) -> None:
    seen = 0
    for result in description.get_all_operations():
        operation = result.ok()

        @given(case=operation.as_strategy())
        @settings(
            max_examples=20,
            deadline=None,
            derandomize=True,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
        )
        def one(case: Any) -> None:
            checks = [not_a_server_error, response_schema_conformance, content_type_conformance]
            case.call_and_validate(checks=checks)

        one()
        seen += 1
    assert seen >= 12
