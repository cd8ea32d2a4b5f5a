"""The tables and claims of Werner, Saxen and Al-Hamadi, CVPR Workshops 2020."""
