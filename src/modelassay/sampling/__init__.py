"""Problems → samples."""
