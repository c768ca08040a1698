"""The bucket of uploads: signed addresses to put a file at, and reading it back block by block."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

UPLOAD_SECONDS = 3600
BLOCK_BYTES = 1024 * 1024


class FileReplaced(Exception):
    """The file was uploaded again while it was being worked off."""

    def __init__(self) -> None:
        super().__init__("the file was uploaded again while it was being worked off")


@dataclass(frozen=True)
class Uploaded:
    """A file as it lies in the bucket."""

    etag: str
    size: int


class Files:
    """The files of one service's imports, by import id."""

    def __init__(self, client: Any, bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def upload_url(self, import_id: str) -> str:
        """Where the file may be put by an HTTP PUT, for an hour."""
        where = {"Bucket": self._bucket, "Key": import_id}
        return str(self._client.generate_presigned_url("put_object", Params=where, ExpiresIn=UPLOAD_SECONDS))

    def uploaded(self, import_id: str) -> Uploaded:
        """The file. Raises botocore's ClientError when there is none."""
        head = self._client.head_object(Bucket=self._bucket, Key=import_id)
        return Uploaded(head["ETag"], head["ContentLength"])

    def read(self, import_id: str, file: Uploaded, offset: int) -> bytes:
        """A block of the file from `offset` on; nothing behind its end. Raises FileReplaced."""
        if offset >= file.size:
            return b""
        span = f"bytes={offset}-{min(file.size, offset + BLOCK_BYTES) - 1}"
        answer = self._client.get_object(Bucket=self._bucket, Key=import_id, Range=span)
        if answer["ETag"] != file.etag:
            raise FileReplaced
        return bytes(answer["Body"].read())

    def delete(self, import_id: str) -> None:
        """Forget the file; twice is the same."""
        self._client.delete_object(Bucket=self._bucket, Key=import_id)
