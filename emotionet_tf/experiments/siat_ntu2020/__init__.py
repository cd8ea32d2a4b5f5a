"""The tables of SIAT-NTU's system in the EmotioNet Challenge 2020 (Ji et al.)."""
