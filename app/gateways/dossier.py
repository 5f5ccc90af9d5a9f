"""A folder that travels as one zip: files of the store, some text, and a list of all of them."""

import json
import zipfile
from collections.abc import Callable, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

from app.gateways.files import FileStore
from interchange.bundle import NAME, VERIFIER, Listed

README = """Bộ hồ sơ này chứng minh việc gửi, nhận và xử lý một văn bản giữa các cơ quan.

  python3 verify_receipts.py .

Cần Python 3.9 và gói cryptography (pip install cryptography). Chương trình nêu từng mốc: cơ quan nào, lúc nào,
trạng thái gì; hoặc nêu mắt xích đầu tiên bị sửa. Để chắc khóa trao đổi là của đúng cơ quan, hãy hỏi cơ quan đó dấu
vân tay rồi thêm --key MÃ_CƠ_QUAN=DẤU_VÂN_TAY.

record.json: sổ đăng ký, phiếu giao việc, nhật ký, kết quả kiểm tra chữ ký số. Các thư mục: tệp của văn bản.
bundle.json: nội dung đã gửi, các biên nhận đã ký, khóa công khai, danh sách tệp, niêm phong.

This folder proves how a document was sent, received and handled; run the command above (--lang en).
"""


def pack(
    store: FileStore,
    files: Mapping[str, str],
    record: Mapping[str, Any],
    seal: Callable[[list[Listed]], bytes],
    target: Path,
) -> None:
    """Write the zip; `files` are SHA-256 by path, `seal` makes the bundle once every other file is known."""
    texts = {
        "DOC.txt": README.encode(),
        "record.json": json.dumps(record, ensure_ascii=False, indent=1).encode(),
        VERIFIER.name: VERIFIER.read_bytes(),
    }
    listed = [Listed(path, sha256(data).hexdigest(), len(data)) for path, data in texts.items()]
    listed += [Listed(path, name, store.size(name)) for path, name in files.items()]
    with zipfile.ZipFile(target, "x", zipfile.ZIP_DEFLATED) as archive:
        for path, data in {**texts, NAME: seal(listed)}.items():
            archive.writestr(path, data)
        for path, name in files.items():
            archive.write(store.path(name), path)
