-- What Citus documents that it demands of a table before it spreads it, checked against the catalogs:
--
--   * primary keys, unique keys and exclusions contain the distribution column;
--   * foreign keys lead to a reference table, or to a table placed together with this one, and then contain the
--     distribution column on both sides, in the same place;
--   * a reference table has foreign keys to reference tables only;
--   * tables that are placed together have distribution columns of one type, which can be hashed;
--   * no triggers, no inheritance, no generated distribution column.
--
-- (Citus documentation: "Creating and Modifying Distributed Objects", "Limitations"; messages after its own.)

-- Nothing can be made in pg_catalog, but moved there.
CREATE TABLE public.pg_dist_partition (
    logicalrelid regclass PRIMARY KEY,
    partmethod "char" NOT NULL,
    partkey text,
    colocationid integer NOT NULL
);

ALTER TABLE public.pg_dist_partition SET SCHEMA pg_catalog;

CREATE FUNCTION pg_catalog.citus_checked_kind(relation regclass) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM pg_dist_partition WHERE logicalrelid = relation) THEN
        RAISE 'table "%" is already distributed', relation;
    END IF;
    IF (SELECT relkind NOT IN ('r', 'p') OR relpersistence <> 'p' FROM pg_class WHERE oid = relation) THEN
        RAISE '% is not a regular table', relation;
    END IF;
    IF EXISTS (SELECT FROM pg_inherits WHERE relation IN (inhrelid, inhparent)) THEN
        RAISE '% takes part in inheritance', relation;
    END IF;
    IF EXISTS (SELECT FROM pg_trigger WHERE tgrelid = relation AND NOT tgisinternal) THEN
        RAISE 'cannot distribute relation "%" because it has triggers', relation;
    END IF;
END $$;

CREATE FUNCTION pg_catalog.create_reference_table(relation regclass) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    wrong text;
BEGIN
    PERFORM citus_checked_kind(relation);
    SELECT conname INTO wrong FROM pg_constraint
    WHERE contype = 'f' AND conrelid = relation AND confrelid <> relation
        AND NOT EXISTS (SELECT FROM pg_dist_partition WHERE logicalrelid = confrelid AND partmethod = 'n');
    IF FOUND THEN
        RAISE 'cannot create foreign key constraint "%": a reference table may only refer to reference tables', wrong;
    END IF;
    INSERT INTO pg_dist_partition VALUES (relation, 'n', NULL, 0);
END $$;

CREATE FUNCTION pg_catalog.create_distributed_table(
    relation regclass, distribution_column text, distribution_type text DEFAULT 'hash', colocate_with text DEFAULT 'default'
) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    "column" pg_attribute;
    together integer;
    wrong text;
BEGIN
    PERFORM citus_checked_kind(relation);
    SELECT * INTO "column" FROM pg_attribute
    WHERE attrelid = relation AND attname = distribution_column AND attnum > 0 AND NOT attisdropped;
    IF NOT FOUND THEN
        RAISE 'column "%" of relation "%" does not exist', distribution_column, relation;
    END IF;
    IF "column".attgenerated <> '' THEN
        RAISE 'cannot distribute relation: % is a generated column', distribution_column;
    END IF;
    IF NOT EXISTS (
        SELECT FROM pg_opclass JOIN pg_am ON pg_am.oid = opcmethod
        WHERE amname = 'hash' AND opcdefault AND opcintype = "column".atttypid
    ) THEN
        RAISE 'data type % has no default operator class for specified partition method', "column".atttypid::regtype;
    END IF;

    SELECT indexrelid::regclass INTO wrong FROM pg_index
    WHERE indrelid = relation AND (indisunique OR indisexclusion)
        -- Columns that are only included in the index are not part of the key.
        AND NOT "column".attnum = ANY ((indkey::smallint[])[0:indnkeyatts - 1]);
    IF FOUND THEN
        RAISE 'cannot create constraint on "%"', relation USING DETAIL = format(
            'Distributed relations cannot have UNIQUE, EXCLUDE, or PRIMARY KEY constraints that do not include the '
            'partition column: %s.', wrong);
    END IF;

    IF colocate_with = 'none' THEN
        SELECT coalesce(max(colocationid), 0) + 1 INTO together FROM pg_dist_partition;
    ELSE
        SELECT colocationid INTO together FROM pg_dist_partition JOIN pg_attribute
            ON attrelid = logicalrelid AND attname = partkey AND atttypid = "column".atttypid
        WHERE logicalrelid = colocate_with::regclass AND partmethod = 'h';
        IF NOT FOUND THEN
            RAISE 'cannot colocate tables % and %', colocate_with, relation;
        END IF;
    END IF;

    SELECT conname INTO wrong FROM pg_constraint AS key
    LEFT JOIN pg_dist_partition AS other ON other.logicalrelid = confrelid
    LEFT JOIN pg_attribute AS theirs ON theirs.attrelid = confrelid
        AND theirs.attname = CASE WHEN confrelid = relation THEN distribution_column ELSE other.partkey END
    WHERE contype = 'f' AND conrelid = relation AND other.partmethod IS DISTINCT FROM 'n'
        AND ((confrelid <> relation AND other.colocationid IS DISTINCT FROM together)
            OR array_position(conkey, "column".attnum) IS NULL
            OR array_position(conkey, "column".attnum) IS DISTINCT FROM array_position(confkey, theirs.attnum));
    IF FOUND THEN
        RAISE 'cannot create foreign key constraint "%"', wrong USING DETAIL =
            'Foreign keys are supported in two cases: between two colocated tables including the partition column '
            'in the same ordinal, or from distributed to reference tables.';
    END IF;
    SELECT conname INTO wrong FROM pg_constraint
    WHERE contype = 'f' AND confrelid = relation AND conrelid <> relation
        AND NOT EXISTS (SELECT FROM pg_dist_partition WHERE logicalrelid = conrelid AND colocationid = together);
    IF FOUND THEN
        RAISE 'cannot create foreign key constraint "%": the table that refers to this one is not colocated', wrong;
    END IF;
    INSERT INTO pg_dist_partition VALUES (relation, 'h', distribution_column, together);
END $$;
