//! The protocol of object stores, explored as far as CI does it.

use incrdir_explore::Explore;
use incrdir_sim::store::{StoreSearch, store_searches};

/// What is wrong with a search.
fn fault(search: &StoreSearch) -> Option<String> {
    let name = search.scenario.name;
    let explore = Explore::new(&search.scenario).bounds(search.bounds.clone()).workers(2);
    let summary = explore.run();
    println!("{name}: {} states, {} calls, {:?}", summary.states, summary.calls, summary.marks);
    if let Some(violation) = summary.violation {
        let shrunk = explore.shrink(&violation);
        let steps = explore.tell(&shrunk.tape).unwrap_or_default();
        let told: String = steps.iter().map(|step| format!("  {step}\n")).collect();
        return Some(format!("{name}: {}\n{told}", shrunk.broken));
    }
    if !summary.is_complete {
        return Some(format!("{name}: not complete"));
    }
    let unseen: Vec<_> =
        search.marks.iter().filter(|mark| !summary.marks.contains_key(*mark)).collect();
    (!unseen.is_empty()).then(|| format!("{name} has not seen {unseen:?}: {:?}", summary.marks))
}

#[test]
fn every_search_is_complete_and_finds_nothing() {
    let searches = store_searches().into_iter().filter(|search| search.is_quick);
    let faults: Vec<String> = searches.filter_map(|search| fault(&search)).collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
