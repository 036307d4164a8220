-- Everything one batch records, in one statement: no arm reads a table that another arm writes (scale.md, rule 5).
WITH new_entries AS (
    INSERT INTO entries (number, entry_date, effective_date, recorded_at, kind, description, reference, subject, tags, actor_id,
                         exchange, origin, reverses, corrects, search, canonical, previous_hash, hash)
    SELECT number, entry_date, effective_date, $1, kind, description, reference, subject, string_to_array(tags, E'\x1f'), actor_id,
           exchange::jsonb, origin, reverses, corrects, search, convert_to(canonical, 'UTF8'), previous_hash, hash
    FROM unnest($4::text::bigint[], $5::text::date[], $6::text::date[], $7::text::text[], $8::text::text[], $9::text::text[], $10::text::text[], $11::text::text[], $12::text::int[],
                $13::text::text[], $14::text::text[], $15::text::bigint[], $16::text::bigint[], $17::text::text[], string_to_array($18, E'\x1e'), $19::text::bytea[], $20::text::bytea[])
        AS e (number, entry_date, effective_date, kind, description, reference, subject, tags, actor_id,
              exchange, origin, reverses, corrects, search, canonical, previous_hash, hash)
), new_postings AS (
    INSERT INTO postings (account_id, fund_id, version, entry_number, line, entry_date, amount_minor, balance_after, memo)
    SELECT * FROM unnest($21::text::int[], $22::text::int[], $23::text::bigint[], $24::text::bigint[], $25::text::smallint[], $26::text::date[], $27::text::bigint[], $28::text::bigint[], $29::text::text[])
), new_balances AS (
    INSERT INTO balances (account_id, fund_id, version, balance_minor, guarded)
    SELECT * FROM unnest($30::text::int[], $31::text::int[], $32::text::bigint[], $33::text::bigint[], $34::text::bool[])
    ON CONFLICT (account_id, fund_id) DO UPDATE SET version = excluded.version, balance_minor = excluded.balance_minor
), new_fund_balances AS (
    INSERT INTO fund_balances (book, fund_id, currency, held_minor, pledged_minor, committed_minor)
    SELECT * FROM unnest($35::text::text[], $36::text::int[], $37::text::text[], $38::text::bigint[], $39::text::bigint[], $40::text::bigint[])
    ON CONFLICT (book, fund_id, currency)
    DO UPDATE SET held_minor = excluded.held_minor, pledged_minor = excluded.pledged_minor, committed_minor = excluded.committed_minor
), new_days AS (
    INSERT INTO day_totals AS d (account_id, fund_id, day, debit_minor, credit_minor)
    SELECT * FROM unnest($41::text::int[], $42::text::int[], $43::text::date[], $44::text::bigint[], $45::text::bigint[])
    ON CONFLICT (account_id, fund_id, day)
    DO UPDATE SET debit_minor = d.debit_minor + excluded.debit_minor, credit_minor = d.credit_minor + excluded.credit_minor
), new_months AS (
    INSERT INTO month_totals AS m (account_id, fund_id, month, debit_minor, credit_minor)
    SELECT * FROM unnest($46::text::int[], $47::text::int[], $48::text::date[], $49::text::bigint[], $50::text::bigint[])
    ON CONFLICT (account_id, fund_id, month)
    DO UPDATE SET debit_minor = m.debit_minor + excluded.debit_minor, credit_minor = m.credit_minor + excluded.credit_minor
), new_requests AS (
    INSERT INTO requests (key, operation, fingerprint, person_id, refusal, answer, recorded_at)
    SELECT key, operation, fingerprint, person_id, refusal, answer::jsonb, $1
    FROM unnest($51::text::text[], $52::text::text[], $53::text::bytea[], $54::text::int[], $55::text::text[], $56::text::text[])
        AS r (key, operation, fingerprint, person_id, refusal, answer)
), new_events AS (
    INSERT INTO audit (id, recorded_at, person_id, union_code, via, action, outcome, subject, details, address)
    SELECT id, $1, person_id, union_code, via, action, outcome, subject, details::jsonb, address
    FROM unnest($57::text::uuid[], $58::text::int[], $59::text::text[], $60::text::text[], $61::text::text[], $62::text::text[],
                $63::text::text[], $64::text::text[], $65::text::text[])
        AS a (id, person_id, union_code, via, action, outcome, subject, details, address)
)
UPDATE head SET number = $2, hash = $3 WHERE id = 1
