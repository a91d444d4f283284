"""Other engines doing a smaller form of the windows job. They import nothing of Warmline."""
