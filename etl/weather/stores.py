"""Objects below a URI of a directory or a bucket: list, read, replace, delete. Keys are relative to it."""

import os
import re
import tempfile
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from urllib.parse import unquote

# How many bytes of objects a task holds at a time, unless a single one is larger.
HELD = 64 << 20


class Unreadable(Exception):
    """An object's content can't be had; the message says why."""


class FileStore:
    """Objects below a directory."""

    def __init__(self, root):
        self.root = root

    def path(self, key):
        return os.path.join(self.root, key)

    def list(self, folder):
        """(names of the folders, names of the objects) directly in a folder, "" or one that ends with a slash; none
        when it does not exist."""
        folders, objects = [], []
        for entry in self._entries(folder):
            (folders if entry.is_dir() else objects).append(entry.name)
        return folders, objects

    def walk(self, folder):
        """Yields (key, size in bytes) of the objects in a folder, however deep, in any order."""
        for entry in self._entries(folder):
            key = folder + entry.name
            if entry.is_dir():
                yield from self.walk(key + "/")
            elif entry.is_file() or entry.is_symlink():  # a link to nothing is an object that can't be read
                yield key, entry.stat(follow_symlinks=False).st_size

    def _entries(self, folder):
        try:
            with os.scandir(self.path(folder)) as entries:
                yield from entries
        except FileNotFoundError:
            return

    def map(self, function, items):
        """Results of a function that asks this store, in order."""
        return map(function, items)

    def read_all(self, objects):
        """Yields (object, its bytes or Unreadable) of objects, whose key and size come first, one by one: threads would
        only wait for each other."""
        for each in objects:
            try:
                yield each, self.read(each[0])
            except Unreadable as error:
                yield each, error

    def read(self, key):
        """Bytes of an object; Unreadable when the file system refuses this one."""
        try:
            with open(self.path(key), "rb") as file:
                return file.read()
        except OSError as error:
            raise Unreadable(f"{type(error).__name__}: {error.strerror}") from error

    @contextmanager
    def replace(self, key):
        """A file to write what replaces an object once the block ends well; a reader sees the old bytes or the new
        ones."""
        folder, name = os.path.split(self.path(key))
        temporary = os.path.join(folder, f".{name}.tmp")
        os.makedirs(folder, exist_ok=True)
        with open(temporary, "wb") as file:
            yield file
        os.replace(temporary, self.path(key))

    def delete(self, key):
        """Deletes an object, and its folder if nothing else is in it: S3 has no empty folders."""
        os.remove(self.path(key))
        folder = os.path.dirname(self.path(key))
        if not os.listdir(folder):
            os.rmdir(folder)


class S3Store:
    """Objects below a prefix of a bucket, through boto3, which Glue provides."""

    threads = 16

    def __init__(self, bucket, prefix):
        self.bucket, self.prefix = bucket, prefix
        self._client = None

    def __reduce__(self):
        return S3Store, (self.bucket, self.prefix)  # a client cannot travel to a worker

    @property
    def client(self):
        if self._client is None:
            import boto3  # here, so that files need no AWS library
            from botocore.config import Config

            retries = {"mode": "standard", "max_attempts": 10}
            self._client = boto3.client("s3", config=Config(retries=retries, max_pool_connections=self.threads))
        return self._client

    def list(self, folder):
        """(names of the folders, names of the objects) directly in a folder, "" or one that ends with a slash."""
        prefix, folders, objects = self.prefix + folder, [], []
        for page in self._pages(prefix, Delimiter="/"):
            folders += [each["Prefix"][len(prefix) : -1] for each in page.get("CommonPrefixes", [])]
            objects += [each["Key"][len(prefix) :] for each in page.get("Contents", []) if each["Key"] != prefix]
        return folders, objects

    def walk(self, folder):
        """Yields (key, size in bytes) of the objects in a folder, however deep; none for the empty ones that stand for
        folders."""
        for page in self._pages(self.prefix + folder):
            for each in page.get("Contents", []):
                if not each["Key"].endswith("/"):
                    yield each["Key"][len(self.prefix) :], each["Size"]

    def _pages(self, prefix, **options):
        return self.client.get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=prefix, **options)

    def map(self, function, items):
        """Results of a function that asks this store, in order, several at a time: S3 takes long to answer."""
        _ = self.client  # made here, for boto3 cannot make clients side by side
        with ThreadPoolExecutor(self.threads) as pool:
            yield from pool.map(function, items)

    def read_all(self, objects):
        """Yields (object, its bytes or Unreadable) of objects, whose key and size come first, in their order; several
        are read at a time, as many as HELD allows."""
        _ = self.client
        under_way, held = deque(), 0

        def next_read():
            each, future = under_way.popleft()
            return each, future.result()

        with ThreadPoolExecutor(self.threads) as pool:
            for each in objects:
                while under_way and (held + each[1] > HELD or len(under_way) >= 2 * self.threads):
                    done, body = next_read()
                    yield done, body
                    held -= done[1]
                under_way.append((each, pool.submit(self._read_or_reason, each[0])))
                held += each[1]
            while under_way:
                yield next_read()

    def _read_or_reason(self, key):
        try:
            return self.read(key)
        except Unreadable as error:
            return error

    def read(self, key):
        """Bytes of an object; Unreadable when it is archived or gone. Anything else that S3 refuses ends the job: a
        missing permission must not pass for a week without data."""
        try:
            return self.client.get_object(Bucket=self.bucket, Key=self.prefix + key)["Body"].read()
        except (self.client.exceptions.InvalidObjectState, self.client.exceptions.NoSuchKey) as error:
            raise Unreadable(str(error)) from error

    @contextmanager
    def replace(self, key):
        """A file to write what replaces an object, in one PUT, once the block ends well."""
        with tempfile.TemporaryFile() as file:
            yield file
            file.seek(0)
            self.client.put_object(Bucket=self.bucket, Key=self.prefix + key, Body=file)

    def delete(self, key):
        """Deletes an object."""
        self.client.delete_object(Bucket=self.bucket, Key=self.prefix + key)


def store_at(uri):
    """The store at a URI; ValueError says what a URI must be."""
    if uri.startswith("file:///"):
        return FileStore(os.path.normpath(unquote(uri.removeprefix("file://"))))
    match = re.fullmatch(r"s3a?://([^/]+)(?:/(.*?)/?)?", uri)
    if not match:
        raise ValueError(f"{uri!r} is not a URI like s3://bucket/prefix or file:///directory")
    prefix = match[2] or ""
    return S3Store(match[1], f"{prefix}/" if prefix else "")


def object_at(uri):
    """The (store, key) of one object's URI; ValueError says what it must be."""
    folder, _, name = uri.rpartition("/")
    if not name or folder in ("s3:/", "s3a:/"):
        raise ValueError(f"{uri!r} is not the URI of an object, like s3://bucket/metrics.json or file:///metrics.json")
    return store_at("file:///" if folder == "file://" else folder), unquote(name) if folder.startswith(
        "file:"
    ) else name
