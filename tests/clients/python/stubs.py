"""Makes the Python stubs of proto/ when they are wanted. They go to .cache/ and are never kept in git.

    import stubs
    stubs.make()
    from gongkai.v1 import query_pb2, query_pb2_grpc
"""

import hashlib
import os
import pathlib
import shutil
import sys
import tempfile

import google.protobuf
import grpc_tools
from grpc_tools import protoc

ROOT = pathlib.Path(__file__).resolve().parents[3]


def make(definitions=ROOT / "proto"):
    """Generates the stubs unless these very definitions were generated before, and makes them importable."""
    protos = sorted(definitions.rglob("*.proto"))
    digest = hashlib.sha256(google.protobuf.__version__.encode())
    for path in protos:
        digest.update(path.relative_to(definitions).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    folder = ROOT / ".cache" / "python-stubs" / digest.hexdigest()[:16]
    if not folder.exists():
        _generate(definitions, protos, folder)
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))


def _generate(definitions, protos, folder):
    well_known = pathlib.Path(grpc_tools.__file__).parent / "_proto"
    folder.parent.mkdir(parents=True, exist_ok=True)
    unfinished = pathlib.Path(tempfile.mkdtemp(dir=folder.parent))
    arguments = ["protoc", f"-I{definitions}", f"-I{well_known}"]
    arguments += [f"--python_out={unfinished}", f"--grpc_python_out={unfinished}"]
    try:
        if protoc.main(arguments + [str(path) for path in protos]) != 0:
            raise RuntimeError(f"the stubs of {definitions} could not be generated")
        os.rename(unfinished, folder)  # whole or not at all: another process may do the same
    except OSError:
        if not folder.exists():
            raise
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
