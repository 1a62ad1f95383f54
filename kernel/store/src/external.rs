//! A PostgreSQL server of the operator.
