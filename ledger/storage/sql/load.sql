-- What decide needs to know of the books, as one JSON text: one question instead of six.
SELECT json_build_object(
    'accounts', coalesce((SELECT json_agg(a) FROM accounts a WHERE a.id = ANY($1::int[])), '[]'),
    'funds', coalesce((SELECT json_agg(f) FROM funds f WHERE f.id = ANY($2::int[])), '[]'),
    'positions', coalesce((
        SELECT json_agg(json_build_array(b.account_id, b.fund_id, b.version, b.balance_minor))
        FROM unnest($3::int[], $4::int[]) AS k (account_id, fund_id) JOIN balances b USING (account_id, fund_id)), '[]'),
    'fund_positions', coalesce((
        SELECT json_agg(json_build_array(b.book, b.fund_id, b.currency, b.held_minor, b.pledged_minor, b.committed_minor))
        FROM fund_balances b WHERE b.fund_id = ANY($2::int[])), '[]'),
    'periods', coalesce((SELECT json_agg(p ORDER BY p.book, p.starts_on) FROM periods p WHERE p.state <> 'open'), '[]'),
    'reversals', coalesce((
        SELECT json_agg(json_build_array(e.reverses, e.number)) FROM entries e WHERE e.reverses = ANY($5::bigint[])), '[]'),
    -- Only a fund with promises needs to know what they are worth in its other currencies.
    'worth', CASE WHEN $6 OR EXISTS (SELECT FROM fund_balances b WHERE b.fund_id = ANY($2::int[]) AND b.committed_minor > 0)
    THEN json_build_object(
        'rates', coalesce((
            SELECT json_agg(json_build_array(b.code, q.code, found.value::text))
            FROM currencies b JOIN currencies q ON q.code <> b.code CROSS JOIN LATERAL (
                SELECT r.value FROM rates r
                WHERE r.base = b.code AND r.quote = q.code AND r.state = 'confirmed' AND r.observed_on <= $7::date
                ORDER BY r.observed_on DESC, r.source <> $8, r.source, r.version DESC LIMIT 1) found), '[]'),
        'headroom_percent', coalesce((
            SELECT m.fx_headroom_percent::text FROM approval_matrices m WHERE m.state = 'confirmed' AND m.valid_from <= $7::date
            ORDER BY m.valid_from DESC, m.number DESC LIMIT 1), '0')) END
)::text
