//! From counts to figures: the metric dictionary, figures, rates, and the verdict of the ledger. No IO.
