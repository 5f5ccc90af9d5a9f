"""Why something was refused, in the words that travel: the other side has its own software, and people who read."""

_WORDS = {
    "bad_signature": "Chữ ký số không hợp lệ",
    "damaged_file": "Tệp không đọc được",
    "duplicate": "Văn bản đã nhận trước đó",
    "wrong_recipient": "Gửi không đúng nơi nhận",
    "other": "Lý do khác",
    "exchange.forged_sender": "Bên gửi trong gói tin không phải cơ quan đã gửi qua trục",
    "exchange.recipient_abolished": "Cơ quan nhận đã giải thể",
    "exchange.recipient_unknown": "Gói tin không ghi cơ quan này là nơi nhận",
    "exchange.same_id_other_content": "Mã văn bản đã dùng cho một nội dung khác",
    "exchange.same_number_other_content": "Số, ký hiệu đã dùng cho một nội dung khác",
    "exchange.sender_unknown": "Cơ quan gửi không có trong danh bạ của bên nhận",
    "exchange.signature_invalid": "Chữ ký số không hợp lệ",
    "exchange.secret": "Văn bản mật không được gửi qua trục",
    "exchange.file_type": "Loại tệp không được phép",
    "file.too_large": "Tệp quá lớn",
}


def words(code: str) -> str:
    """A sentence for a code of ours; what has none is said by its code."""
    return _WORDS.get(code) or f"Không tiếp nhận được gói tin ({code})"
