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
        SELECT json_agg(json_build_array(e.reverses, e.number)) FROM entries e WHERE e.reverses = ANY($5::bigint[])), '[]')
)::text
