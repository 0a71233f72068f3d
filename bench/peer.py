"""The peer of ``bench.writes``: the least a Django view can do and still write, on the same server and database.

One SELECT, one UPDATE and one INSERT in a transaction; no sign-in, no CSRF token, no audit log, no middleware. What it
reaches here is what this machine can do; it reached 568 writes/s on the machine the target was set on.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any, cast


def configure(folder: Path) -> None:
    """A Django project of one table in one file."""
    import django
    from django.conf import settings

    from rebond.web.settings import DATABASES

    databases = {"default": DATABASES["default"] | {"NAME": folder / "peer.sqlite3"}}
    settings.configure(
        DATABASES=databases, INSTALLED_APPS=["django.contrib.contenttypes"], USE_TZ=True,
        ALLOWED_HOSTS=["127.0.0.1"], SECRET_KEY="peer", DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    )  # fmt: skip
    django.setup()


def make_tables() -> Any:
    from django.db import connection, models

    class Counted(models.Model):  # noqa: DJ008
        touches = models.IntegerField(default=0)

        class Meta:
            app_label = "contenttypes"

    class Noted(models.Model):  # noqa: DJ008
        counted = models.ForeignKey(Counted, on_delete=models.CASCADE)
        note = models.TextField()

        class Meta:
            app_label = "contenttypes"

    with connection.schema_editor() as editor:
        editor.create_model(Counted)
        editor.create_model(Noted)
    Counted._default_manager.bulk_create([Counted() for _number in range(50)])
    return Counted, Noted


def urls(counted: Any, noted: Any) -> list[Any]:
    from django.db import transaction
    from django.db.models import F
    from django.http import HttpRequest, HttpResponse
    from django.urls import path

    @transaction.atomic
    def touch(request: HttpRequest, pk: int) -> HttpResponse:
        found = counted.objects.get(pk=pk)
        counted.objects.filter(pk=pk).update(touches=F("touches") + 1)
        noted.objects.create(counted=found, note=request.POST["note"])
        return HttpResponse(status=302, headers={"Location": "/"})

    def health(_request: HttpRequest) -> HttpResponse:
        return HttpResponse("ok")

    return [path("deals/<int:pk>/touch", touch), path("health", health)]


def serve(folder: Path, port: int) -> None:
    import uvicorn
    from a2wsgi import WSGIMiddleware
    from django.core.wsgi import get_wsgi_application

    configure(folder)
    from django.conf import settings

    settings.ROOT_URLCONF = tuple(urls(*make_tables()))
    pages: Any = WSGIMiddleware(cast(Any, get_wsgi_application()), workers=4)
    uvicorn.run(pages, host="127.0.0.1", port=port, log_level="warning", lifespan="off")


if __name__ == "__main__":
    serve(Path(sys.argv[1]), int(sys.argv[2]))
