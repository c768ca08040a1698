"""The HTTP operations of bulk imports."""

from __future__ import annotations

from functions.inventory.schemas import imports
from functions.inventory.wiring import table
from shared.http import Answer, Api, Call
from shared.imports.desk import ImportDesk, ImportView
from shared.imports.wiring import desk
from shared.schemas import PageQuery


def import_desk() -> ImportDesk:
    """Imports kept in this function's table."""
    return desk(table())


def bind(api: Api) -> None:
    """Bind both operations."""

    @api.operation("start_import", body=imports.ImportBody, answers={201: ImportView})
    def start_import(call: Call[imports.ImportBody, None]) -> Answer:
        return Answer(201, import_desk().start(call.body, call.cause))

    @api.operation("get_import", query=PageQuery, answers={200: ImportView})
    def get_import(call: Call[None, PageQuery]) -> Answer:
        return Answer(200, import_desk().look(call.path["import_id"], call.query))
