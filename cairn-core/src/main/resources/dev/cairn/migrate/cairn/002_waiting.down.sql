DROP TABLE {schema}.cairn_quarantine;
DROP TABLE {schema}.cairn_wait;
DROP TABLE {schema}.cairn_signal;
