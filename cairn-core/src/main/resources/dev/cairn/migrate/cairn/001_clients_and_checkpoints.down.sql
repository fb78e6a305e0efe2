DROP TABLE {schema}.cairn_checkpoint;
DROP TABLE {schema}.cairn_client;
