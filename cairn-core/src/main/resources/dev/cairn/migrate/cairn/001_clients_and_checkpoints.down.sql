DROP TABLE {schema}.cairn_periodic;
DROP TABLE {schema}.cairn_checkpoint;
DROP TABLE {schema}.cairn_client;
