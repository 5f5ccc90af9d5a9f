"""The error codes that axes answer with (mã lỗi trục liên thông), and what a sender does about each."""

from interchange.errors import ExchangeRefused, ExchangeUnavailable

OK = "0"
FILE, CREDENTIALS, NO_RECIPIENT, NO_SENDER, SYSTEM = "10", "15", "18", "19", "20"
UNREADABLE, FORM, LOCKED = "21", "22", "23"
WORDS = {
    FILE: "Tệp không hợp lệ",
    CREDENTIALS: "Sai SystemId hoặc SecretKey",
    NO_RECIPIENT: "Đơn vị nhận không tồn tại",
    NO_SENDER: "Đơn vị gửi chưa đăng ký",
    SYSTEM: "Lỗi hệ thống",
    UNREADABLE: "Lỗi xử lý tệp",
    FORM: "Sai định dạng edXML",
    LOCKED: "Đơn vị nhận bị khóa",
}
_NEVER = {
    FILE: "axis.file",
    NO_RECIPIENT: "axis.no_recipient",
    NO_SENDER: "axis.no_sender",
    UNREADABLE: "axis.unreadable",
    FORM: "axis.form",
    LOCKED: "axis.locked",
}
_PATIENCE = 3600.0


def error(code: str, said: str = "") -> ExchangeRefused | ExchangeUnavailable:
    """What an error of an axis means; `said` is its own sentence.

    A wrong password and a fault of the axis itself say nothing about the message: they are tried again, the first once
    an hour so that no account is locked. A code that nobody knows is a refusal, with what the axis said.
    """
    if code == CREDENTIALS:
        return ExchangeUnavailable("axis.credentials", again_in=_PATIENCE)
    if code == SYSTEM:
        return ExchangeUnavailable("axis.system", is_ambiguous=True)
    return ExchangeRefused(_NEVER.get(code, "axis.refused_by"), said=said[:200], number=code[:20])
