"""Registers (sổ đăng ký) and gapless numbers (NĐ 30/2020, Đ15, Đ22)."""
