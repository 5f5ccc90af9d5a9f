"""What the launcher says to people: Vietnamese first, then English. `{names}` are filled in by the caller."""

LANGUAGES = ("vi", "en")
TEXTS: dict[str, tuple[str, str]] = {
    "command.unknown": ("Không có lệnh “{name}”.", "There is no command “{name}”."),
    "agent.pin": ("Mã PIN hoặc mật khẩu của khóa", "PIN or pass phrase of the key"),
    "agent.cannot": (
        "Không mở được khóa hoặc cổng ({why}). Kiểm tra tệp, mã PIN, địa chỉ --origin và --port rồi chạy lại.",
        "The key or the port cannot be opened; check the file, the PIN, --origin and --port, then run this again.",
    ),
    "agent.ready": (
        "Sẵn sàng ký tại cổng {port} cho {origins}. Giữ cửa sổ này mở; nhấn Ctrl+C để dừng.",
        "Ready to sign. Keep this window open; Ctrl+C ends it.",
    ),
    "agent.asks": (
        ("\n{origin} đề nghị ký {count} văn bản: {what}\nMã đối chiếu: {code}. Chỉ ký khi trang web hiện đúng mã này."),
        "A page asks for signatures; sign only if it shows the same code.",
    ),
    "agent.agree": ("Nhập mã PIN để ký, để trống là từ chối", "PIN to sign, empty to refuse"),
    "agent.signed": ("Đã ký.", "Signed."),
    "agent.not_signed": ("Chưa ký gì.", "Nothing was signed."),
    "agent.over": ("Trang web đã hết thời gian chờ; chưa ký gì.", "The page no longer waits; nothing was signed."),
    "agent.ended": ("Đã dừng.", "Ended."),
    "environment.building": (
        "Chuẩn bị môi trường ở {folder} (lần đầu mất khoảng một phút)…",
        "Setting up {folder} (about a minute the first time)…",
    ),
    "environment.built": ("Môi trường sẵn sàng sau {seconds} giây.", "Ready after {seconds} seconds."),
    "environment.no_venv": (
        (
            "Thiếu gói tạo môi trường Python. Trên Debian, Ubuntu hãy chạy:\n"
            "    sudo apt install {package}\nrồi chạy lại lệnh này."
        ),
        "Python's venv package is missing: install {package} as above, then run this command again.",
    ),
    "environment.no_room": (
        "Không ghi được vào {folder}: {why}. Hãy đặt EOFFICE_VENV là một thư mục ghi được.",
        "{folder} cannot be written ({why}); name another folder in EOFFICE_VENV.",
    ),
    "environment.not_created": (
        "Không tạo được môi trường Python ở {folder} (xem các dòng ở trên).",
        "The environment {folder} could not be created (see above).",
    ),
    "environment.not_installed": (
        "Chưa cài được các thư viện (xem các dòng ở trên). Kiểm tra kết nối mạng (hoặc PIP_INDEX_URL) rồi chạy lại.",
        "The libraries could not be installed (see above). Check the network (or PIP_INDEX_URL) and try again.",
    ),
    "linux.only": ("Lệnh này chỉ chạy trên Linux.", "This command runs on Linux only."),
    "port.taken": (
        (
            "Không mở được cổng {port} trên {host}: {why}.\n"
            "Hãy dừng chương trình đang dùng cổng này, hoặc chọn cổng khác, ví dụ: --port {other}"
        ),
        "Port {port} on {host} cannot be opened. Stop the program that uses it, or choose another one with --port.",
    ),
    "host.unknown": ("Không hiểu địa chỉ {host}: {why}.", "The address {host} is not understood."),
    "data.busy": (
        (
            "eOffice đang chạy (hoặc đang dừng) trên thư mục dữ liệu {folder}{who}.\n"
            "Hãy dừng nó trước, hoặc chọn thư mục khác bằng --data."
        ),
        "Another eOffice runs, or is stopping, on this data folder. Stop it first, or choose another with --data.",
    ),
    "data.unwritable": (
        "Không ghi được vào thư mục dữ liệu {folder}: {why}. Hãy chọn thư mục khác bằng --data.",
        "The data folder {folder} cannot be written; choose another with --data.",
    ),
    "procfile.unreadable": (
        "Procfile, dòng {number}: không hiểu “{line}”.",
        "Procfile, line {number} is not understood: a line reads `name: command`.",
    ),
    "redis.missing": (
        (
            "Máy này chưa có Redis. Hãy chạy: sudo apt install redis-server\n"
            "hoặc dùng một Redis có sẵn: --redis-url redis://địa-chỉ:6379/0"
        ),
        "No Redis here: install redis-server, or name an existing one with --redis-url.",
    ),
    "redis.silent": (
        (
            "Redis không khởi động được (xem các dòng ở trên). Nếu dữ liệu của nó bị hỏng: đổi tên thư mục {folder}\n"
            "rồi chạy lại; không mất gì, vì mọi công việc nằm trong cơ sở dữ liệu."
        ),
        "Redis did not start (see above). If its data is damaged, rename the folder and try again: nothing is lost.",
    ),
    "redis.elsewhere": (
        "EOFFICE_REDIS_URL chỉ đến một Redis khác, nên không cần tiến trình redis ở máy này.",
        "EOFFICE_REDIS_URL names another Redis, so the process `redis` is not needed here.",
    ),
    "redis.running": (
        "Một Redis khác đang chạy trên thư mục {folder}.",
        "Another Redis runs on the folder {folder}.",
    ),
    "setting.refused": (
        "Cấu hình {name} là “{value}” nên không khởi động; chỉ nhận: {wanted}",
        "Not started: {name} takes only {wanted}",
    ),
    "up.not_prepared": (
        "Chưa chuẩn bị được cơ sở dữ liệu (xem các dòng ở trên).",
        "The database could not be prepared (see above).",
    ),
    "up.unwell": (
        "Trang {address} chưa sẵn sàng (xem các dòng ở trên).",
        "{address} did not become healthy (see above).",
    ),
    "up.ready": ("eOffice đang chạy tại: {address}", "eOffice is running at {address}"),
    "up.how_to_stop": ("Nhấn Ctrl+C để dừng.", "Press Ctrl+C to stop."),
    "up.stopping": ("Đang dừng…", "Stopping…"),
    "up.stopped": ("Đã dừng.", "Stopped."),
    "child.ended": (
        "{name} đã dừng ({why}), chạy lại sau {pause:g} giây",
        "{name} ended, starting again in {pause:g} s",
    ),
    "child.unstartable": ("không chạy được {name}: {why}", "{name} cannot be started"),
}


def text(key: str, **data: object) -> str:
    """One message in both languages: side by side where they are short, else on lines of their own."""
    both = [text_in(language, key, **data) for language in LANGUAGES]
    is_short = sum(map(len, both)) < 100 and not any("\n" in one for one in both)  # noqa: PLR2004 - a terminal's line
    return (" / " if is_short else "\n").join(both)


def text_in(tongue: str, key: str, **data: object) -> str:
    """One message in one language."""
    return TEXTS[key][LANGUAGES.index(tongue)].format(**data)
