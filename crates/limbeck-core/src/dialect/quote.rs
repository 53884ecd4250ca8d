//! Names that need no quotes.

use super::Dialect;

impl Dialect {
    /// Quotes `name` where it needs quotes: where it is a reserved word, or has capitals or other characters. For SQL that people
    /// read; what nobody reads is quoted always ([`Dialect::identifier`]).
    ///
    /// ```
    /// # use limbeck_core::Dialect;
    /// assert_eq!(Dialect::Postgresql.quoted("users"), "users");
    /// assert_eq!(Dialect::Postgresql.quoted("Users"), "\"Users\"");
    /// assert_eq!(Dialect::Sqlite.quoted("Users"), "Users");
    /// assert_eq!(Dialect::Mariadb.quoted("key"), "`key`");
    /// ```
    pub fn quoted(self, name: &str) -> String {
        // PostgreSQL folds what is not quoted to lower case; the others keep it.
        let case = |c: char| c.is_ascii_lowercase() || (self != Self::Postgresql && c.is_ascii_uppercase());
        let mut characters = name.chars();
        let plain = characters.next().is_some_and(|c| case(c) || c == '_')
            && characters.all(|c| case(c) || c == '_' || c.is_ascii_digit());
        if plain && !is_reserved(self, &name.to_ascii_lowercase()) {
            name.to_owned()
        } else {
            self.identifier(name)
        }
    }

    /// Quotes `text` where a database takes nothing but a plain literal, as MySQL does for comments: as [`Dialect::literal`] does, but that on
    /// MySQL and MariaDB the session must not have `NO_BACKSLASH_ESCAPES`.
    ///
    /// ```
    /// # use limbeck_core::Dialect;
    /// assert_eq!(Dialect::Mariadb.plain_literal(r"it's C:\tmp"), r"'it''s C:\\tmp'");
    /// ```
    pub fn plain_literal(self, text: &str) -> String {
        match self {
            Self::Mysql | Self::Mariadb => format!("'{}'", text.replace('\\', "\\\\").replace('\'', "''")),
            Self::Sqlite | Self::Postgresql => self.literal(text),
        }
    }
}

fn is_reserved(dialect: Dialect, word: &str) -> bool {
    let words = match dialect {
        Dialect::Sqlite => SQLITE,
        Dialect::Postgresql => POSTGRESQL,
        Dialect::Mysql | Dialect::Mariadb => MYSQL,
    };
    words.split(' ').any(|reserved| reserved == word)
}

/// What SQLite takes as no name of a table, column or constraint.
const SQLITE: &str = "\
    add all alter and as autoincrement between case cast check collate commit constraint create current_date current_time \
    current_timestamp default deferrable delete distinct drop else escape except exists foreign from group having if in \
    index insert intersect into is isnull join limit not nothing notnull null on or order primary raise references \
    returning select set table then to transaction union unique update using values when where";

/// All but the unreserved keywords of PostgreSQL (its manual, appendix C): what `quote_ident` quotes.
const POSTGRESQL: &str = "\
    all analyse analyze and any array as asc asymmetric authorization between bigint binary bit boolean both case cast \
    char character check coalesce collate collation column concurrently constraint create cross current_catalog \
    current_date current_role current_schema current_time current_timestamp current_user dec decimal default deferrable \
    desc distinct do else end except exists extract false fetch float for foreign freeze from full grant greatest group \
    grouping having ilike in initially inner inout int integer intersect interval into is isnull join json json_array \
    json_arrayagg json_exists json_object json_objectagg json_query json_scalar json_serialize json_table json_value \
    lateral leading least left like limit localtime localtimestamp merge_action national natural nchar none normalize not \
    notnull null nullif numeric offset on only or order out outer overlaps overlay placing position precision primary real \
    references returning right row select session_user setof similar smallint some substring symmetric system_user table \
    tablesample then time timestamp to trailing treat trim true union unique user using values varchar variadic verbose \
    when where window with xmlattributes xmlconcat xmlelement xmlexists xmlforest xmlnamespaces xmlparse xmlpi xmlroot \
    xmlserialize xmltable";

/// What MariaDB takes as no name of a table or column, and what MySQL reserves besides.
const MYSQL: &str = "\
    accessible add all alter analyze and as asc asensitive before between bigint binary blob both by call cascade case \
    change char character check collate column condition constraint continue convert create cross cube cume_dist \
    current_date current_role current_time current_timestamp current_user cursor databases day_hour day_microsecond \
    day_minute day_second dec decimal declare default delayed delete delete_domain_id dense_rank desc describe \
    deterministic distinct distinctrow div do_domain_ids double drop dual each else elseif empty enclosed escaped except \
    exists exit explain false fetch first_value float for force foreign from fulltext function grant group grouping groups \
    having high_priority hour_microsecond hour_minute hour_second if ignore ignore_domain_ids in index infile inner inout \
    insensitive insert int integer intersect interval into is iterate join json_table key keys kill lag last_value lateral \
    lead leading leave left library like limit linear lines load localtime localtimestamp lock long longblob longtext loop \
    low_priority manual master_demote_to_replica master_demote_to_slave master_ssl_verify_server_cert match maxvalue \
    mediumblob mediumint mediumtext middleint minute_microsecond minute_second mod modifies natural no_write_to_binlog not \
    nth_value ntile null numeric of offset on optimize optionally or order out outer outfile over page_checksum parallel \
    parse_vcol_expr partition percent_rank portion precision primary procedure purge qualify range rank read read_write \
    reads real recursive ref_system_id references regexp release rename repeat replace require resignal restrict return \
    returning revoke right rlike row_number rows schemas second_microsecond select sensitive separator set show signal \
    smallint spatial specific sql sql_big_result sql_calc_found_rows sql_small_result sqlexception sqlstate sqlwarning ssl \
    starting stats_auto_recalc stats_persistent stats_sample_pages straight_join system table tablesample terminated then \
    tinyblob tinyint tinytext to trailing trigger true undo union unique unlock unsigned update usage use using utc_date \
    utc_time utc_timestamp values varbinary varchar varcharacter varying when where while window with write xor year_month \
    zerofill";
