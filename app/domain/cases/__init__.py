"""Cases (hồ sơ xử lý): a running procedure and the tasks it leaves for people, one aggregate under one lock."""
