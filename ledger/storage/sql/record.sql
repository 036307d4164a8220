-- Everything one batch records, in one statement: no arm reads a table that another arm writes (scale.md, rule 5).
WITH new_entries AS (
    INSERT INTO entries (number, entry_date, effective_date, recorded_at, kind, description, reference, subject, tags, actor_id,
                         exchange, origin, reverses, corrects, search, canonical, previous_hash, hash)
    SELECT number, entry_date, effective_date, $1, kind, description, reference, subject, string_to_array(tags, E'\x1f'), actor_id,
           exchange::jsonb, origin, reverses, corrects, search, canonical, previous_hash, hash
    FROM unnest($4::bigint[], $5::date[], $6::date[], $7::text[], $8::text[], $9::text[], $10::text[], $11::text[], $12::int[],
                $13::text[], $14::text[], $15::bigint[], $16::bigint[], $17::text[], $18::bytea[], $19::bytea[], $20::bytea[])
        AS e (number, entry_date, effective_date, kind, description, reference, subject, tags, actor_id,
              exchange, origin, reverses, corrects, search, canonical, previous_hash, hash)
), new_postings AS (
    INSERT INTO postings (account_id, fund_id, version, entry_number, line, entry_date, amount_minor, balance_after, memo)
    SELECT * FROM unnest($21::int[], $22::int[], $23::bigint[], $24::bigint[], $25::smallint[], $26::date[], $27::bigint[], $28::bigint[], $29::text[])
), new_balances AS (
    INSERT INTO balances (account_id, fund_id, version, balance_minor, guarded)
    SELECT * FROM unnest($30::int[], $31::int[], $32::bigint[], $33::bigint[], $34::bool[])
    ON CONFLICT (account_id, fund_id) DO UPDATE SET version = excluded.version, balance_minor = excluded.balance_minor
), new_fund_balances AS (
    INSERT INTO fund_balances (book, fund_id, currency, held_minor, committed_minor)
    SELECT * FROM unnest($35::text[], $36::int[], $37::text[], $38::bigint[], $39::bigint[])
    ON CONFLICT (book, fund_id, currency) DO UPDATE SET held_minor = excluded.held_minor, committed_minor = excluded.committed_minor
), new_days AS (
    INSERT INTO day_totals AS d (account_id, fund_id, day, debit_minor, credit_minor)
    SELECT * FROM unnest($40::int[], $41::int[], $42::date[], $43::bigint[], $44::bigint[])
    ON CONFLICT (account_id, fund_id, day)
    DO UPDATE SET debit_minor = d.debit_minor + excluded.debit_minor, credit_minor = d.credit_minor + excluded.credit_minor
), new_months AS (
    INSERT INTO month_totals AS m (account_id, fund_id, month, debit_minor, credit_minor)
    SELECT * FROM unnest($45::int[], $46::int[], $47::date[], $48::bigint[], $49::bigint[])
    ON CONFLICT (account_id, fund_id, month)
    DO UPDATE SET debit_minor = m.debit_minor + excluded.debit_minor, credit_minor = m.credit_minor + excluded.credit_minor
)
UPDATE head SET number = $2, hash = $3 WHERE id = 1
