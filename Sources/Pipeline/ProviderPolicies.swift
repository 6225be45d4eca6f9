import Resilience

/// How each provider is called: by a policy of its own, or by the one for all.
public struct ProviderPolicies: Hashable, Sendable {
    /// What holds for all that have none of their own.
    public var general: ProviderPolicy
    /// Those of single providers, by name.
    public var named: [String: ProviderPolicy]

    /// Makes policies.
    public init(_ general: ProviderPolicy = ProviderPolicy(), named: [String: ProviderPolicy] = [:])
    {
        self.general = general
        self.named = named
    }

    /// The policy of a provider.
    public func policy(for provider: String) -> ProviderPolicy { named[provider] ?? general }
}
